using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nano.Panel.Tests.Browser;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.Panel.Tests;

/// <summary>The code that the playground shows runs unchanged, in a shell and in the languages, and sends the same request.</summary>
public sealed class SnippetTests(SnippetFixture gateway) : IClassFixture<SnippetFixture>
{
    /// <summary>Everything with a meaning in a shell, in Python, JavaScript or C#, or for people who read code.</summary>
    private const string Hostile = "It's \"quoted\" `backticks` $(touch /tmp/nano-was-here) ${HOME} %s {0} {{x}} !! \\ \\n \\u0041 \"\"\"\"\" '''\n"
        + "JSON\nEOF\r\n#{x} <!-- --> ]]> // /* */ -- ; & | > * ?\t\u0007 \u00e9\u4f60\u597d\U0001f642 \u202e\u2028\u2029\u0085\u200b end";

    private static readonly Dictionary<string, object?> Unknown = new() { ["a"] = new object?[] { null, true, false, 1.5e300, new { } }, [Hostile] = "", ["__proto__"] = 1 };

    private static readonly object Tool = new { type = "object", description = Hostile };

    /// <summary>By API: the model's provider speaks it, so that the request arrives unchanged.</summary>
    private static readonly Dictionary<string, (string Model, Dictionary<string, object?> Body, UpstreamScript Whole, UpstreamScript Stream)> Apis = new()
    {
        ["chat"] = ("openai/gpt-4o", new()
        {
            ["messages"] = new object[] { new { role = "system", content = Hostile }, new { role = "user", content = new object[] { new { type = "text", text = Hostile } } } },
            ["temperature"] = 0.5, ["stop"] = new[] { "'\"`$" }, ["parallel_tool_calls"] = false,
            ["tools"] = new[] { new { type = "function", function = new { name = "f", description = Hostile, parameters = Tool } } },
            ["unheard_of"] = Unknown,
        }, UpstreamScript.Json("""{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"It ran."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"""), Chunks.Answer("It ", "ran.")),
        ["responses"] = ("openai/gpt-4o", new()
        {
            ["instructions"] = Hostile, ["input"] = new object[] { new { role = "user", content = Hostile } }, ["store"] = false, ["temperature"] = 0.5,
            ["tools"] = new[] { new { type = "function", name = "f", description = Hostile, parameters = Tool } }, ["unheard_of"] = Unknown,
        }, UpstreamScript.Json(Streams.Response), Streams.Responses),
        ["messages"] = ("anthropic/claude-opus-5-5", new()
        {
            ["max_tokens"] = 4096, ["system"] = Hostile, ["messages"] = new object[] { new { role = "user", content = new object[] { new { type = "text", text = Hostile } } } },
            ["stop_sequences"] = new[] { "'\"`$" },
            ["tools"] = new[] { new { name = "f", description = Hostile, input_schema = Tool } }, ["output_config"] = new { effort = "low" }, ["unheard_of"] = Unknown,
        }, UpstreamScript.Json(Streams.Message), Streams.Messages),
        ["gemini"] = ("google/gemini-2.5-pro", new()
        {
            ["systemInstruction"] = new { parts = new[] { new { text = Hostile } } }, ["contents"] = new[] { new { role = "user", parts = new[] { new { text = Hostile } } } },
            ["generationConfig"] = new Dictionary<string, object?> { ["temperature"] = 0.5, ["stopSequences"] = new[] { "'\"`$" } },
            ["tools"] = new[] { new { functionDeclarations = new[] { new { name = "f", description = Hostile, parametersJsonSchema = Tool } } } },
        }, UpstreamScript.Json(Streams.Content), Streams.Gemini),
        ["embeddings"] = ("openai/text-embedding-3-small", new() { ["input"] = Hostile, ["dimensions"] = 2 },
            UpstreamScript.Json("""{"object":"list","model":"m","data":[{"object":"embedding","index":0,"embedding":[0.5,0.25]}],"usage":{"prompt_tokens":1,"total_tokens":1}}"""),
            new UpstreamScript()),
    };

    [SkippableTheory]
    [InlineData("chat", "curl", false, false)]
    [InlineData("chat", "curl", true, true)]
    [InlineData("chat", "python", false, true)]
    [InlineData("chat", "python", true, false)]
    [InlineData("chat", "javascript", false, true)]
    [InlineData("chat", "javascript", true, false)]
    [InlineData("chat", "csharp", false, true)]
    [InlineData("responses", "curl", true, true)]
    [InlineData("responses", "python", false, true)]
    [InlineData("responses", "python", true, false)]
    [InlineData("responses", "javascript", false, true)]
    [InlineData("responses", "javascript", true, false)]
    [InlineData("messages", "curl", false, true)]
    [InlineData("messages", "python", false, true)]
    [InlineData("messages", "python", true, false)]
    [InlineData("messages", "javascript", false, true)]
    [InlineData("messages", "javascript", true, false)]
    [InlineData("messages", "csharp", false, true)]
    [InlineData("gemini", "curl", true, false)]
    [InlineData("gemini", "python", false, true)]
    [InlineData("gemini", "javascript", false, true)]
    [InlineData("gemini", "javascript", true, false)]
    [InlineData("embeddings", "curl", false, true)]
    [InlineData("embeddings", "python", false, true)]
    [InlineData("embeddings", "javascript", false, true)]
    public async Task It_runs_and_sends_the_request(string api, string language, bool stream, bool strict)
    {
        var (model, request, whole, streamed) = Apis[api];
        var code = await CodeAsync(api, language, stream, strict);
        // A reader sees all of it: nothing reorders it or hides in it.
        code.ShouldNotContain("\u202e");
        code.ShouldNotContain("\u2028");
        code.ShouldNotContain("\u0085");
        gateway.Script();
        var upstream = model.StartsWith("google/", StringComparison.Ordinal) ? gateway.Google : gateway.Upstream;
        upstream.Clear();
        upstream.Answer(stream ? streamed : whole);
        var output = await RunAsync(language, code);
        if (api == "embeddings") output.ShouldContain("0.25");
        else if (language == "curl") output.ShouldContain("ran.");
        else output.Trim().ShouldBe("It ran.");

        var sent = upstream.Request.BodyJson;
        if (api != "gemini") sent.GetProperty("model").GetString().ShouldBe(model[(model.IndexOf('/') + 1)..]);
        var expected = JsonSerializer.SerializeToElement(request);
        foreach (var member in expected.EnumerateObject())
            JsonElement.DeepEquals(sent.GetProperty(member.Name), member.Value).ShouldBeTrue($"{member.Name} was sent as {sent.GetProperty(member.Name)}");
        // The SDK requests the encoding that is faster to read.
        sent.EnumerateObject().Select(member => member.Name).Except(["model", "stream", "stream_options", "encoding_format"])
            .ShouldBe(expected.EnumerateObject().Select(member => member.Name), ignoreOrder: true);
        if (api != "gemini") (sent.TryGetProperty("stream", out var asked) && asked.GetBoolean()).ShouldBe(stream);
        File.Exists("/tmp/nano-was-here").ShouldBeFalse();
    }

    /// <summary>By the module that the page uses.</summary>
    private async Task<string> CodeAsync(string api, string language, bool stream, bool strict)
    {
        var module = Path.Combine(WireCorpus.RepositoryRoot, "src", "Core", "Panel", "Page", "playground", "snippets", "snippets.js");
        var call = JsonSerializer.Serialize(new { api, model = Apis[api].Model, body = api == "gemini" ? Apis[api].Body
            : new Dictionary<string, object?>(Apis[api].Body) { ["model"] = Apis[api].Model }, baseUrl = new Uri(gateway.Client.BaseAddress!, "/v1").ToString(), stream, strict });
        var script = $$"""
            import { readFileSync } from 'node:fs';
            const { LANGUAGES } = await import({{JsonSerializer.Serialize(new Uri(module).AbsoluteUri)}});
            process.stdout.write(LANGUAGES.find((one) => one.id === '{{language}}').write(JSON.parse(readFileSync(0, 'utf8'))));
            """;
        return await Command.RunAsync("node", ["--input-type=module", "-e", script], call);
    }

    private static async Task<string> RunAsync(string language, string code)
    {
        using var folder = new TemporaryFolder("nano-panel-");
        string Save(string name)
        {
            var path = Path.Combine(folder.FullName, name);
            File.WriteAllText(path, code);
            return path;
        }
        switch (language)
        {
            case "curl":
                return await Command.RunAsync("bash", [Save("call.sh")]);
            case "javascript":
                Directory.CreateSymbolicLink(Path.Combine(folder.FullName, "node_modules"), Path.GetDirectoryName(NodeFolder.Module("openai"))!);
                return await Command.RunAsync("node", [Save("call.mjs")]);
            case "python":
                // The SDK's package is not needed: a stand-in takes its method's arguments and sends them.
                return await Command.RunAsync("python3", [Save("call.py")], environment: ("PYTHONPATH", Path.Combine(NodeFolder.Path, "python")));
            default:
                // Always the same file: the SDK caches what it restored for it.
                var kept = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(),
                    $"nano-panel-csharp-{Environment.UserName}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(WireCorpus.RepositoryRoot)))[..8]}"));
                await File.WriteAllTextAsync(Path.Combine(kept.FullName, "call.cs"), code);
                return await Command.RunAsync("dotnet", ["run", Path.Combine(kept.FullName, "call.cs")]);
        }
    }
}
