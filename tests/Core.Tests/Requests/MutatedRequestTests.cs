using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Testing;

namespace Nano.Tests.Requests;

/// <summary>
/// Damaged recorded requests: a dialect reads any of them or returns an error, another one writes it or returns an error,
/// and the output is JSON.
/// </summary>
public sealed class MutatedRequestTests
{
    private static readonly (string Api, string Dialect)[] Apis = [("chat", "openai-chat"), ("messages", "anthropic-messages"), ("generateContent", "gemini"),
        ("responses", "openai-responses")];
    private static readonly Target[] Targets =
    [
        new("openai-chat", "m"), new("anthropic-messages", "m"), new("anthropic-messages", "claude-opus-5-5"), new("anthropic-messages", "claude-haiku-4-5"),
        new("gemini", "m"), new("gemini", "gemini-2.5-flash"), new("gemini", "gemini-3.6-flash"), new("cohere-chat", "m"), new("cohere-chat", "command-r7b-12-2024"),
        new("openai-responses", "m"), new("openai-responses", "gpt-6-astra"), new("openai-responses", "gpt-4o"),
    ];

    [SkippableTheory]
    [InlineData("chat")]
    [InlineData("messages")]
    [InlineData("generateContent")]
    [InlineData("responses")]
    public void Damaged_JSON_is_read_or_refused(string api)
    {
        WireCorpus.Require();
        var cases = WireCorpus.Of(api).Where(c => c.HasRequest).ToArray();
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => Carry(api, cases, seed, Damage)).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    /// <summary>The passthrough edits bodies that no codec has read.</summary>
    [SkippableFact]
    public void Damaged_JSON_reaches_a_provider_or_is_refused()
    {
        WireCorpus.Require();
        var cases = WireCorpus.Of("chat").Where(c => c.HasRequest).Select(c => c.RequestBytes())
            .Concat(VendorRequests.Written.Select(request => System.Text.Encoding.UTF8.GetBytes(request.Body.GetRawText()))).ToArray();
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var body = Damage(cases[random.Next(cases.Length)], random);
            foreach (var vendor in VendorRequests.Vendors.Where(vendor => vendor.Quirks is not null))
            {
                using var output = new JsonOutput();
                var target = new RequestTarget { Model = "m", Traits = new ModelTraits { Reasons = true } };
                try
                {
                    var edited = new OpenAIChatDialect(vendor.Quirks!).Quirks!.TryEdit(body, target, output, new LossReport(), out var isEdited) is null && isEdited;
                    (!edited || JsonSlice.IsValid(output.WrittenSpan)).ShouldBeTrue($"{vendor.Id}, seed {seed}: what was written is no JSON\n{Shown(body)}");
                }
                catch (Exception e) when (e is not ShouldAssertException)
                {
                    throw new InvalidOperationException($"{vendor.Id}, seed {seed}: {e.GetType().Name} {e.Message}\n{Shown(body)}\n{e.StackTrace}", e);
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    [SkippableTheory]
    [InlineData("chat")]
    [InlineData("messages")]
    [InlineData("generateContent")]
    [InlineData("responses")]
    public void Damaged_bytes_are_read_or_refused(string api)
    {
        WireCorpus.Require();
        var cases = WireCorpus.Of(api).Where(c => c.HasRequest).ToArray();
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => Carry(api, cases, seed, (bytes, random) => Bytes(bytes, random)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    /// <summary>Found by the property above: seed 1867281993.</summary>
    [Fact]
    public void A_thinking_level_that_is_not_ASCII_is_not_changed()
    {
        var body = System.Text.Encoding.UTF8.GetBytes("""{"contents":[{"parts":[{"text":"q"}]}],"generationConfig":{"thinkingConfig":{"thinkingLevel":"ÄOW"}}}""");
        JsonDifference.First(body, System.Text.Encoding.UTF8.GetBytes(Conversion.Run("gemini", body, new Target("gemini", "m")).Body.GetRawText())).ShouldBeNull();
    }

    /// <summary>Found by the property above: seed 246610571.</summary>
    [Theory]
    [InlineData("{}", """{"type":"reasoning.text"}""")]
    [InlineData("""{"type":null}""", """{"type":"reasoning.text"}""")]
    [InlineData("""{"type":"of tomorrow","x":1}""", """{"x":1,"type":"of tomorrow"}""")]
    public void A_reasoning_detail_has_one_type(string detail, string written)
    {
        var body = System.Text.Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[{"role":"assistant","content":"a","reasoning_details":[{{detail}}]}]}""");
        var made = Conversion.Run("openai-chat", body, new Target("openai-chat", "m")).Body;
        made.GetProperty("messages")[0].GetProperty("reasoning_details")[0].GetRawText().ShouldBe(written);
    }

    private static void Carry(string api, WireCase[] cases, int seed, Func<byte[], Random, byte[]> damage)
    {
        var random = new Random(seed);
        var wire = cases[random.Next(cases.Length)];
        var body = damage(wire.RequestBytes(), random);
        foreach (var target in Targets) Carry(Conversion.Dialect(Apis.First(a => a.Api == api).Dialect), body, target, $"{wire.Id}, seed {seed}, to {target}");
    }

    private static void Carry(IDialect from, byte[] body, Target target, string what)
    {
        using var output = new JsonOutput();
        try
        {
            var request = from.ReadRequest(body);
            Conversion.Writer(target.Dialect).WriteRequest(request, new RequestTarget { Model = target.Model, Traits = target.Traits }, output, new LossReport());
        }
        catch (Exception e) when (e is DialectException or JsonException)
        {
            e.Message.ShouldNotBeNullOrWhiteSpace(what);
            return;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{what}: {e.GetType().Name} {e.Message}\n{Shown(body)}\n{e.StackTrace}", e);
        }
        JsonSlice.IsValid(output.WrittenSpan).ShouldBeTrue($"{what}: what was written is no JSON\n{Shown(body)}\nWritten:\n{Shown(output.WrittenSpan.ToArray())}");
    }

    private static string Shown(byte[] body) => System.Text.Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 3000)));

    /// <summary>Replaces one to three members or elements.</summary>
    private static byte[] Damage(byte[] body, Random random)
    {
        var root = JsonNode.Parse(body)!;
        for (var i = random.Next(1, 4); i > 0; i--) Damage(root, random);
        return JsonSerializer.SerializeToUtf8Bytes(root);
    }

    private static void Damage(JsonNode root, Random random)
    {
        var at = root;
        while (true)
        {
            var inner = at switch
            {
                JsonObject o => o.Select(m => m.Value).ToArray(),
                JsonArray a => [.. a],
                _ => [],
            };
            var next = inner.Length == 0 ? null : inner[random.Next(inner.Length)];
            // Prefers a deeper position if there is one.
            if (next is JsonObject or JsonArray && random.Next(4) != 0)
            {
                at = next;
                continue;
            }
            break;
        }
        switch (at)
        {
            case JsonObject { Count: > 0 } o:
                var name = o.ElementAt(random.Next(o.Count)).Key;
                var value = o[name];
                o.Remove(name);
                if (random.Next(4) == 0) break;
                o[random.Next(6) == 0 ? Words[random.Next(Words.Length)] : name] = random.Next(6) == 0 ? value : Some(random);
                break;
            case JsonArray { Count: > 0 } a:
                var place = random.Next(a.Count);
                if (random.Next(3) == 0) a.Add(a[place]?.DeepClone());
                else if (random.Next(2) == 0) a.RemoveAt(place);
                else a[place] = Some(random);
                break;
        }
    }

    private static JsonNode? Some(Random random) => JsonNode.Parse(Values[random.Next(Values.Length)]);

    private static byte[] Bytes(byte[] body, Random random)
    {
        if (random.Next(3) == 0) return body[..random.Next(body.Length)];
        var damaged = body.ToArray();
        for (var i = random.Next(1, 5); i > 0; i--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
        return damaged;
    }

    private static readonly string[] Words =
    [
        "type", "text", "content", "role", "name", "id", "input", "arguments", "function", "tool_calls", "tool_call_id", "parts", "functionCall",
        "functionResponse", "args", "response", "$ref", "$defs", "properties", "items", "thinking", "signature", "source", "url", "data", "", "ü",
    ];

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1e999", "0.5", "123456789012345678901234567890", "\"\"", "\" \"", "\"x\"", "\"auto\"", "\"\\u0000\"",
        "[]", "{}", "[[]]", "[{}]", "[null]", "[\"x\"]", "[1]", "{\"type\":\"text\"}", "{\"type\":\"object\",\"properties\":[]}", "{\"$ref\":\"#\"}",
        "{\"text\":{}}", "\"data:image/png;base64,AAAA\"", "\"data:;base64,\"", "\"data:\"", "\"{\\\"a\\\":1}\"", "\"[1\"", "{\"a\":{\"b\":{\"c\":[1,2,{\"d\":null}]}}}",
    ];
}
