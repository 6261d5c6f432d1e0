using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Nano.Chat;
using Nano.Dialects;
using Nano.Json;
using Nano.Testing;
using static Nano.Tests.Dialects.Gemini.Testing;

namespace Nano.Tests.Dialects.Gemini;

/// <summary>For any input, no unexpected exception escapes and nothing hangs.</summary>
public sealed class HostileTests
{
    private static readonly RequestTarget Target = new() { Model = "gemini-3-flash-preview" };

    [Fact]
    public void Random_bytes() => Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => Feed(bytes)));

    [Fact]
    public void Random_json() => Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => Feed(Bytes(RandomJson(new Random(seed), 5)))));

    [SkippableFact]
    public void Truncated_and_mutated_recordings()
    {
        WireCorpus.Require();
        var random = new Random(20261123);
        foreach (var c in Cases)
        {
            if (c.HasRequest && c.RequestBytes() is { Length: < 20_000 } request) Mutate(request, random);
            if (c.Sse is null)
            {
                if (c.ResponseBytes() is { Length: > 0 and < 20_000 } body) Mutate(body, random);
                continue;
            }
            foreach (var data in Events(c.ResponseBytes(), 4096).Where(e => e.Length < 20_000).Take(3)) Mutate(data, random);
        }
    }

    private static void Mutate(byte[] good, Random random)
    {
        for (var i = 0; i < 12; i++)
        {
            Feed(good[..random.Next(good.Length)]);
            var bad = good.ToArray();
            for (var j = 0; j < 1 + i % 4; j++) bad[random.Next(bad.Length)] = (byte)"{}[]\",:0n\\ tx\u0001"[random.Next(14)];
            Feed(bad);
        }
        // Values replaced by others.
        var text = Encoding.UTF8.GetString(good);
        foreach (var other in (string[])["null", "5", "\"x\"", "[]", "{}", "true"])
        {
            var colons = Enumerable.Range(0, text.Length).Where(k => text[k] == ':' && k + 1 < text.Length).ToArray();
            for (var i = 0; i < 6 && colons.Length > 0; i++)
            {
                var at = colons[random.Next(colons.Length)] + 1;
                var end = text.IndexOfAny([',', '}', ']'], at);
                if (end > at) Feed(Bytes(text[..at] + other + text[end..]));
            }
        }
    }

    /// <summary>Feeds everything that reads external bytes.</summary>
    private static void Feed(byte[] bytes)
    {
        var (request, error) = Dialect.TryReadRequest(bytes);
        (request is null).ShouldBe(error is not null);
        if (request is not null)
        {
            using var output = new JsonOutput();
            if (Dialect.TryWriteRequest(request, Target, output, new LossReport()) is null) JsonSlice.IsValid(output.WrittenSpan).ShouldBeTrue();
        }
        var (response, problem) = Dialect.TryReadResponse(bytes, UsageRules.ReasoningApart, "google");
        (response is null).ShouldBe(problem is not null);
        if (response is not null) Written(output => Dialect.WriteResponse(response, Context, output, new LossReport()));
        using var stream = new JsonOutput();
        var writer = Dialect.CreateEventWriter(Context, stream, new LossReport());
        Dialect.CreateEventReader(UsageRules.ReasoningApart).TryRead(default, bytes, writer, "google");
        var tap = Dialect.CreateUsageTap(UsageRules.ReasoningApart);
        tap.OnBody(bytes);
        tap.OnEvent(default, bytes);
        Dialect.ReadError(bytes);
    }

    private static string RandomJson(Random random, int depth)
    {
        string[] names = ["candidates", "content", "parts", "text", "functionCall", "args", "name", "contents", "role", "tools", "functionDeclarations", "generationConfig",
            "thinkingConfig", "finishReason", "index", "usageMetadata", "promptTokenCount", "error", "partialArgs", "jsonPath", "systemInstruction", "toolConfig", "inlineData"];
        return random.Next(depth > 0 ? 9 : 5) switch
        {
            0 => "null",
            1 => random.Next(-5, 100).ToString(),
            2 => "\"model\"",
            3 => random.Next(2) == 0 ? "true" : "\"$.a[1].b\"",
            4 => "\"\"",
            5 or 6 => $"[{string.Join(",", Enumerable.Range(0, random.Next(3)).Select(_ => RandomJson(random, depth - 1)))}]",
            _ => $"{{{string.Join(",", Enumerable.Range(0, random.Next(5)).Select(_ => $"\"{names[random.Next(names.Length)]}\":{RandomJson(random, depth - 1)}"))}}}",
        };
    }
}
