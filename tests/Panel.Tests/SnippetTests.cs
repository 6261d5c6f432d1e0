using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nano.Configuration;
using Nano.Panel.Tests.Browser;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.Panel.Tests;

/// <summary>What the playground shows as code runs as it is, in a shell and in the languages, and sends what was written.</summary>
public sealed class SnippetTests(PanelFixture gateway) : IClassFixture<PanelFixture>
{
    private const string Answer = """{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"It ran."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";

    /// <summary>All that means something to a shell, to Python, JavaScript or C#, or to those who read code.</summary>
    private const string Hostile = "It's \"quoted\" `backticks` $(touch /tmp/nano-was-here) ${HOME} %s {0} {{x}} !! \\ \\n \\u0041 \"\"\"\"\" '''\n"
        + "JSON\nEOF\r\n#{x} <!-- --> ]]> // /* */ -- ; & | > * ?\t\u0007 \u00e9\u4f60\u597d\U0001f642 \u202e\u2028\u2029\u0085\u200b end";

    private static readonly Dictionary<string, object?> Request = new()
    {
        ["model"] = "openai/gpt-4o",
        ["messages"] = new object[] { new { role = "system", content = Hostile }, new { role = "user", content = new object[] { new { type = "text", text = Hostile } } } },
        ["temperature"] = 0.5,
        ["stop"] = new[] { "'\"`$" },
        ["parallel_tool_calls"] = false,
        ["tools"] = new[] { new { type = "function", function = new { name = "f", description = Hostile, parameters = new { type = "object" } } } },
        ["unheard_of"] = new Dictionary<string, object?> { ["a"] = new object?[] { null, true, false, 1.5e300, new { } }, [Hostile] = "", ["__proto__"] = 1 },
    };

    [SkippableTheory]
    [InlineData("curl", false, false)]
    [InlineData("curl", true, true)]
    [InlineData("python", false, true)]
    [InlineData("python", true, false)]
    [InlineData("javascript", false, true)]
    [InlineData("javascript", true, false)]
    [InlineData("csharp", false, true)]
    public async Task It_runs_and_sends_what_was_written(string language, bool stream, bool strict)
    {
        var code = await CodeAsync(language, stream, strict);
        // A reader sees all of it: nothing reorders it or hides in it.
        code.ShouldNotContain("\u202e");
        code.ShouldNotContain("\u2028");
        code.ShouldNotContain("\u0085");
        gateway.Script(stream ? Chunks.Answer("It ", "ran.") : UpstreamScript.Json(Answer));
        var output = await RunAsync(language, code);
        if (language == "curl") output.ShouldContain("ran.");
        else output.Trim().ShouldBe("It ran.");

        var sent = gateway.Upstream.Request.BodyJson;
        var expected = JsonSerializer.SerializeToElement(new Dictionary<string, object?>(Request) { ["model"] = "gpt-4o" });
        foreach (var member in expected.EnumerateObject())
            JsonElement.DeepEquals(sent.GetProperty(member.Name), member.Value).ShouldBeTrue($"{member.Name} was sent as {sent.GetProperty(member.Name)}");
        sent.EnumerateObject().Select(member => member.Name).Except(["stream", "stream_options"]).ShouldBe(expected.EnumerateObject().Select(member => member.Name), ignoreOrder: true);
        (sent.TryGetProperty("stream", out var streamed) && streamed.GetBoolean()).ShouldBe(stream);
        File.Exists("/tmp/nano-was-here").ShouldBeFalse();
    }

    /// <summary>By the module that the page uses.</summary>
    private async Task<string> CodeAsync(string language, bool stream, bool strict)
    {
        var module = Path.Combine(WireCorpus.RepositoryRoot, "src", "Core", "Panel", "Page", "playground", "snippets.js");
        var call = JsonSerializer.Serialize(new { request = Request, baseUrl = new Uri(gateway.Client.BaseAddress!, "/v1").ToString(), stream, strict });
        var script = $$"""
            import { readFileSync } from 'node:fs';
            const { LANGUAGES } = await import('data:text/javascript;base64,' + readFileSync({{JsonSerializer.Serialize(module)}}).toString('base64'));
            process.stdout.write(LANGUAGES.find((one) => one.id === '{{language}}').write(JSON.parse(readFileSync(0, 'utf8'))));
            """;
        return await Command.RunAsync("node", ["--input-type=module", "-e", script], call);
    }

    private static async Task<string> RunAsync(string language, string code)
    {
        var folder = Directory.CreateTempSubdirectory("nano-panel-");
        try
        {
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
                    // The SDK's package is not asked for: a stand-in takes what its method would be given and sends it.
                    return await Command.RunAsync("python3", [Save("call.py")], environment: ("PYTHONPATH", Path.Combine(NodeFolder.Path, "python")));
                default:
                    // Always the same file: the SDK keeps what it restored for it.
                    var kept = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"nano-panel-csharp-{Environment.UserName}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(WireCorpus.RepositoryRoot)))[..8]}"));
                    await File.WriteAllTextAsync(Path.Combine(kept.FullName, "call.cs"), code);
                    return await Command.RunAsync("dotnet", ["run", Path.Combine(kept.FullName, "call.cs")]);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
