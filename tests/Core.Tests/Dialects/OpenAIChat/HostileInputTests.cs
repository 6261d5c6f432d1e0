using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Nano.Chat;
using Nano.Dialects;
using Nano.Json;
using Nano.Testing;

namespace Nano.Tests.Dialects.OpenAIChat;

/// <summary>For any input, only the two expected exceptions are raised, and taps and error readers never throw.</summary>
public sealed class HostileInputTests
{
    [Fact]
    public void Random_bytes() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
    {
        Survive(bytes);
        return true;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [SkippableFact]
    public void Truncated_and_mutated_recordings()
    {
        WireCorpus.Require();
        var random = new Random(20261123);
        foreach (var c in ChatCases.All)
        {
            byte[][] bodies = c.HasRequest ? [c.RequestBytes(), c.ResponseBytes()] : [c.ResponseBytes()];
            foreach (var body in bodies)
            {
                if (body.Length is 0 or > 200_000) continue;
                for (var i = 0; i < 4; i++) Survive(body[..random.Next(body.Length)]);
                for (var i = 0; i < 8; i++) Survive(Mutate(body, random));
            }
        }
    }

    /// <summary>Every value of every recording is replaced by one of another kind: the JSON stays valid, the shape does not.</summary>
    [SkippableFact]
    public void Recordings_with_values_of_other_kinds()
    {
        WireCorpus.Require();
        string[] others = ["null", "5", "-1e99", "\"\"", "\"x\"", "[]", "{}", "true", "[null]", "[{}]", "{\"\":[]}"];
        var random = new Random(7);
        foreach (var c in ChatCases.All)
        {
            byte[][] bodies = c.HasRequest ? [c.RequestBytes(), .. Chunks(c)] : [.. Chunks(c)];
            foreach (var body in bodies)
            {
                var values = Values(body);
                for (var i = 0; i < Math.Min(values.Count, 12); i++)
                {
                    var (start, end) = values[random.Next(values.Count)];
                    byte[] changed = [.. body[..start], .. ChatCases.Utf8(others[random.Next(others.Length)]), .. body[end..]];
                    Survive(changed);
                }
            }
        }
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        var deep = new string('[', 100_000);
        foreach (var body in (string[])[deep, "{\"model\":\"m\",\"messages\":" + deep, "{\"choices\":" + deep, "{\"error\":" + deep]) Survive(ChatCases.Utf8(body));
    }

    private static void Survive(byte[] bytes)
    {
        Try(() =>
        {
            var request = ChatCases.Dialect.ReadRequest(bytes);
            ChatCases.WriteRequest(request, "m", new LossReport());
        });
        Try(() => ChatCases.WriteResponse(ChatCases.Dialect.ReadResponse(bytes, UsageRules.OpenAI), new LossReport()));
        Try(() => ChatCases.Convert(bytes, int.MaxValue, UsageRules.OpenAI, out _));
        Try(() =>
        {
            using var output = new JsonOutput();
            var reader = ChatCases.Dialect.CreateEventReader(UsageRules.ReasoningApart);
            var sink = new Foreign(ChatCases.Dialect.CreateEventWriter(ChatCases.Context, output, new LossReport()));
            reader.Read(default, bytes, sink);
            reader.Read(default, "[DONE]"u8.ToArray(), sink);
        });
        var tap = ChatCases.Dialect.CreateUsageTap(UsageRules.OpenAI);
        tap.OnBody(bytes);
        tap.OnEvent(default, bytes);
        ChatCases.Dialect.ReadError(bytes);
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (JsonException)
        {
        }
        catch (DialectException)
        {
        }
    }

    private static byte[] Mutate(byte[] body, Random random)
    {
        var copy = body.ToArray();
        for (var i = random.Next(1, 6); i > 0; i--)
            copy[random.Next(copy.Length)] = "{}[]\",:\\nul0-9e \xff"u8[random.Next(18)];
        return copy;
    }

    private static IEnumerable<byte[]> Chunks(WireCase c) => c.Sse is null
        ? [c.ResponseBytes()]
        : ChatCases.Events(c.ResponseBytes()).Where(e => e.Data.StartsWith('{')).Take(8).Select(e => ChatCases.Utf8(e.Data));

    private static List<(int Start, int End)> Values(byte[] json)
    {
        var values = new List<(int, int)>();
        try
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
                if (reader.TokenType is not (JsonTokenType.PropertyName or JsonTokenType.EndArray or JsonTokenType.EndObject))
                {
                    var at = reader;
                    at.Skip();
                    values.Add(((int)reader.TokenStartIndex, (int)at.BytesConsumed));
                }
        }
        catch (JsonException)
        {
            // Not every recorded body is JSON.
        }
        return values;
    }

    /// <summary>Pretends that the events come from another dialect, so that the writer converts them.</summary>
    private sealed class Foreign(IEventWriter writer) : IChatEventSink
    {
        public void BeginFrame(in ChatFrame frame) => writer.BeginFrame(new ChatFrame("anthropic-messages"));

        public void EndFrame() => writer.EndFrame();

        public void On(in ChatEvent item) => writer.On(item);
    }
}
