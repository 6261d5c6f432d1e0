using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Testing;
using static Nano.Tests.Dialects.CohereChat.Testing;

namespace Nano.Tests.Dialects.CohereChat;

/// <summary>For any input, the codec raises only the expected exceptions, and callers get JSON.</summary>
public sealed class HostileTests
{
    private static readonly OpenAIChatDialect Chat = new();

    private static readonly ResponseContext Caller = new() { FallbackId = "x", Model = "m", Created = 0, StreamUsage = true };

    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1e999", "12345678901234567890", "\"\"", "\"x\"", "\"null\"", "\"\\ud83d\"", "[]", "{}", "[[]]", "[{}]", "[null]", "{\"text\":{}}",
        "{\"type\":\"text\"}", "{\"type\":\"thinking\",\"thinking\":[]}", "[{\"start\":-5,\"end\":\"x\",\"sources\":[1,{}]}]", "{\"start\":9223372036854775807,\"sources\":{}}",
        "{\"tokens\":[],\"billed_units\":{\"input_tokens\":-1}}", "\"TOOL_CALL\"", "\"ERROR\"", "\"message-end\"", "\"content-start\"", "\"citation-start\"",
    ];

    /// <summary>Replaces any member of a recorded response or event.</summary>
    [SkippableFact]
    public void A_damaged_response_is_read_or_refused()
    {
        WireCorpus.Require();
        var random = new Random(3);
        var (whole, streams) = (Documents(c => c.Sse is null, c => [Encoding.UTF8.GetString(c.ResponseBytes())]), Documents(c => c.Sse is not null, Events));
        for (var i = 0; i < 6000; i++)
        {
            Whole([Damaged(whole[random.Next(whole.Length)][0], random)]);
            var stream = streams[random.Next(streams.Length)].ToArray();
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                var at = random.Next(stream.Length);
                stream[at] = Damaged(stream[at], random);
            }
            Streamed(stream);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"message\":null}")]
    [InlineData("{\"message\":{}}")]
    [InlineData("{\"message\":{}} {}")]
    [InlineData("<html>")]
    public void Invalid_responses_are_refused_or_empty(string body)
    {
        Whole([body]);
        Streamed([body]);
        Dialect.ReadError(Encoding.UTF8.GetBytes(body)).Message?.Length.ShouldBeLessThan(3000);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        var deep = new string('[', 5000);
        Whole([$"{{\"message\":{deep}"]);
        Streamed([$"{{\"type\":\"content-delta\",\"delta\":{deep}"]);
    }

    private static void Whole(string[] bodies)
    {
        using var output = new JsonOutput();
        try
        {
            var response = Dialect.ReadResponse(Encoding.UTF8.GetBytes(bodies[0]), UsageRules.OpenAI);
            if (response.Error is not null) return;
            Chat.WriteResponse(response, Caller, output, new LossReport());
        }
        catch (Exception e) when (e is JsonException or DialectException)
        {
            return;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{bodies[0]}\n{e}");
        }
        JsonSlice.IsValid(output.WrittenSpan).ShouldBeTrue(bodies[0]);
    }

    private static void Streamed(string[] events)
    {
        using var output = new JsonOutput();
        var reader = Dialect.CreateEventReader(UsageRules.OpenAI);
        var writer = Chat.CreateEventWriter(Caller, output, new LossReport());
        try
        {
            foreach (var item in events) reader.Read(default, Encoding.UTF8.GetBytes(item), writer);
            if (reader.IsComplete) writer.Complete();
        }
        catch (Exception e) when (e is JsonException or DialectException)
        {
            return;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{string.Join('\n', events)}\n{e}");
        }
        foreach (var line in Encoding.UTF8.GetString(output.WrittenSpan).Split('\n').Where(l => l.StartsWith("data: {", StringComparison.Ordinal)))
            JsonSlice.IsValid(Encoding.UTF8.GetBytes(line[6..])).ShouldBeTrue($"{line}\n{string.Join('\n', events)}");
    }

    private static string[][] Documents(Func<WireCase, bool> which, Func<WireCase, string[]> read) =>
        [.. WireCorpus.Of("chat_v2").Where(c => c.Status == 200 && which(c)).Select(read)];

    private static string[] Events(WireCase wire) => [.. wire.Sse!.Split('\n').Where(l => l.StartsWith("data: {", StringComparison.Ordinal)).Select(l => l[6..])];

    private static string Damaged(string json, Random random)
    {
        var root = JsonNode.Parse(json)!;
        var at = root;
        while (true)
        {
            JsonNode?[] inner = at switch { JsonObject o => [.. o.Select(m => m.Value)], JsonArray a => [.. a], _ => [] };
            if (inner.Length == 0 || inner[random.Next(inner.Length)] is not { } next || next is JsonValue || random.Next(4) == 0) break;
            at = next;
        }
        if (at is JsonObject { Count: > 0 } members)
        {
            var name = members.ElementAt(random.Next(members.Count)).Key;
            members.Remove(name);
            if (random.Next(5) > 0) members[name] = Some(random);
        }
        else if (at is JsonArray { Count: > 0 } list) list[random.Next(list.Count)] = Some(random);
        return root.ToJsonString();
    }

    private static JsonNode? Some(Random random)
    {
        var value = Values[random.Next(Values.Length)];
        return value == "\"\\ud83d\"" ? JsonValue.Create("x") : JsonNode.Parse(value);
    }
}
