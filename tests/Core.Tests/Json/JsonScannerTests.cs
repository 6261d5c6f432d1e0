using System.Text;
using System.Text.Json;
using Nano.Json;
using Nano.Testing;

namespace Nano.Tests.Json;

/// <summary>The gateway's JSON reader and <c>Utf8JsonReader</c> accept the same bytes and find the same tokens in them.</summary>
public sealed class JsonScannerTests
{
    private const string Sample = """
         { "id" : "a\"b\\\/\b\f\n\r\t\u00e9\ud83d\ude00", "empty":"","text":"a string that is longer than all vectors of this machine, with \n a line end and \u0041 in it, and more",
        "numbers":[0,-0,1,-12.5,1e5,1E+5,2.25e-7,123456789012345678901234567890] ,"words":[true,false,null],"nested":{"a":[[],{},[{"b":{}}],[ ] , { }]},"é":"日本語"}
        """;

    [Theory]
    [InlineData("")]
    [InlineData("  \n")]
    [InlineData("1")]
    [InlineData(" null ")]
    [InlineData("\"a\"")]
    [InlineData("\"a")]
    [InlineData("\"a\n\"")]
    [InlineData("\"\\u12g4\"")]
    [InlineData("\"\\u12")]
    [InlineData("\"\\x\"")]
    [InlineData("\"\\")]
    [InlineData("[1,]")]
    [InlineData("[,1]")]
    [InlineData("[1 2]")]
    [InlineData("[1}")]
    [InlineData("[")]
    [InlineData("[]]")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\" 1}")]
    [InlineData("{\"a\":}")]
    [InlineData("{a:1}")]
    [InlineData("{1:1}")]
    [InlineData("{\"a\":1]")]
    [InlineData("{\"a\":1 \"b\":2}")]
    [InlineData("{}{}")]
    [InlineData("{}\u00a0")]
    [InlineData("\ufeff{}")]
    [InlineData("01")]
    [InlineData("-")]
    [InlineData("-a")]
    [InlineData("+1")]
    [InlineData(".5")]
    [InlineData("1.")]
    [InlineData("1.e5")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1x")]
    [InlineData("[1x]")]
    [InlineData("0x10")]
    [InlineData("NaN")]
    [InlineData("tru")]
    [InlineData("truex")]
    [InlineData("True")]
    [InlineData("nul")]
    [InlineData("// a\n1")]
    [InlineData("[1/**/]")]
    [InlineData(Sample)]
    public void A_text_is_read_as_the_library_reads_it(string json) => IsReadAsByTheLibrary(Encoding.UTF8.GetBytes(json));

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(500)]
    public void Nesting_is_read_as_the_library_reads_it(int depth)
    {
        foreach (var isClosedRight in new[] { true, false })
        {
            var open = string.Concat(Enumerable.Range(0, depth).Select(i => i % 3 == 0 ? "[" : "{\"a\":"));
            var close = string.Concat(Enumerable.Range(0, depth).Reverse().Select(i => i % 3 == 0 == isClosedRight ? "]" : "}"));
            IsReadAsByTheLibrary(Encoding.UTF8.GetBytes($"{open}1{close}"));
        }
    }

    /// <summary>The stop of a string at each position of a vector and after it.</summary>
    [Fact]
    public void Strings_of_all_lengths_are_read_as_the_library_reads_them()
    {
        foreach (var end in new[] { "\"", "\\n\"", "\n\"", "\u001f\"", " \"", "é\"", "\\u0041x\"", "\\", "" })
            for (var length = 0; length < 150; length++)
                IsReadAsByTheLibrary(Encoding.UTF8.GetBytes($"[\"{new string('x', length)}{end}]"));
    }

    [Fact]
    public void A_truncated_text_is_refused_as_the_library_refuses_it()
    {
        var bytes = Encoding.UTF8.GetBytes(Sample);
        for (var length = 0; length < bytes.Length; length++) IsReadAsByTheLibrary(bytes.AsSpan(0, length).ToArray());
    }

    /// <summary>Bytes that are changed, removed, repeated and inserted, one to three of them in each text.</summary>
    [Fact]
    public void A_damaged_text_is_read_as_the_library_reads_it()
    {
        var random = new Random(20261201);
        var accepted = 0;
        const int Texts = 60_000;
        for (var i = 0; i < Texts; i++)
        {
            var bytes = new List<byte>(Encoding.UTF8.GetBytes(Sample));
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0: bytes[at] = (byte)random.Next(256); break;
                    case 1: bytes.RemoveAt(at); break;
                    case 2: bytes.Insert(at, bytes[random.Next(bytes.Count)]); break;
                    default: bytes[at] = "{}[]\",:\\0-+.eEtfnu /\n"u8[random.Next(21)]; break;
                }
            }
            if (IsReadAsByTheLibrary([.. bytes])) accepted++;
        }
        accepted.ShouldBeInRange(Texts / 20, Texts * 19 / 20, "both outcomes must be common");
    }

    [SkippableFact]
    public void Recorded_traffic_is_read_as_the_library_reads_it()
    {
        WireCorpus.Require();
        foreach (var recorded in WireCorpus.All) IsReadAsByTheLibrary(recorded);
    }

    [Fact]
    public void The_own_corpus_is_read_as_the_library_reads_it()
    {
        foreach (var written in OwnCorpus.All) IsReadAsByTheLibrary(written);
    }

    private static void IsReadAsByTheLibrary(WireCase traffic)
    {
        IsReadAsByTheLibrary(Encoding.UTF8.GetBytes(traffic.Root.GetRawText())).ShouldBeTrue();
        foreach (var line in (traffic.Sse ?? "").Split('\n'))
            if (line.StartsWith("data:", StringComparison.Ordinal)) IsReadAsByTheLibrary(Encoding.UTF8.GetBytes(line[5..]));
    }

    /// <returns>Whether it is JSON.</returns>
    private static bool IsReadAsByTheLibrary(byte[] json)
    {
        var expected = Library(json);
        var shown = Encoding.UTF8.GetString(json);
        Walked(json).ShouldBe(expected, shown);
        JsonSlice.IsValid(json).ShouldBe(expected is not null, shown);
        IsSkipped(json).ShouldBe(expected is not null, shown);
        return expected is not null;
    }

    /// <returns>Each token with its bytes; null if it is not JSON.</returns>
    private static string? Library(byte[] json)
    {
        var text = new StringBuilder();
        try
        {
            var reader = new Utf8JsonReader(json, JsonCursor.ReaderOptions);
            while (reader.Read())
                if (reader.TokenType == JsonTokenType.PropertyName) text.Append($"{Latin(reader.ValueSpan)}=");
                else if (reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
                    text.Append($"{reader.TokenType}@{reader.TokenStartIndex}:{Latin(reader.TokenType == JsonTokenType.String ? reader.ValueSpan : default)};");
            return text.ToString();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Walked(byte[] json)
    {
        var text = new StringBuilder();
        try
        {
            var cursor = new JsonCursor(json);
            Walk(ref cursor, text);
            cursor.ExpectEnd();
            return text.ToString();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Walk(ref JsonCursor cursor, StringBuilder text)
    {
        var start = cursor.Position;
        text.Append($"{cursor.Token}@{start}:{(cursor.Token == JsonTokenType.String ? Latin(cursor.TakeText().Span) : "")};");
        if (cursor.Token == JsonTokenType.StartObject)
        {
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                cursor.NameIs(cursor.Name.Span).ShouldBe(!cursor.Name.HasEscapes || cursor.Name.Is(cursor.Name.Span));
                text.Append($"{Latin(cursor.Name.Span)}=");
                Walk(ref cursor, text);
            }
            new JsonSlice(cursor.ValueSince(start).Memory).IsObject.ShouldBeTrue();
        }
        else if (cursor.Token == JsonTokenType.StartArray)
        {
            cursor.EnterArray();
            while (cursor.NextElement()) Walk(ref cursor, text);
            cursor.ValueSince(start).IsArray.ShouldBeTrue();
        }
    }

    private static bool IsSkipped(byte[] json)
    {
        try
        {
            var cursor = new JsonCursor(json);
            JsonSlice.IsValid(cursor.TakeValue().Span).ShouldBeTrue();
            cursor.ExpectEnd();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Latin(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
