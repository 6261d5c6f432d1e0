using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Nano.Configuration;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Bench;

/// <summary>
/// The manifest for the public bench "On the Bench" (bench/onthebench/nano): with its settings, each inbound API reaches each provider's own API, as the manifest
/// declares. The bench reads <c>env</c> with these placeholders, sends each API's usual credential, and recognizes a conversion by the path at its mock.
/// </summary>
public sealed class OnTheBenchTests(OnTheBenchTests.Fixture gateway) : IClassFixture<OnTheBenchTests.Fixture>
{
    /// <summary>The order of the bench, in rows (callers) and columns (providers) of the manifest's matrix; and the path of each API at the mock.</summary>
    private static readonly (string Name, string Path)[] Dialects =
    [
        ("openai", "/v1/chat/completions"), ("openai-responses", "/v1/responses"), ("anthropic", "/v1/messages"), ("gemini", "/v1beta/models/MODEL:generateContent"),
        ("cohere", "/v2/chat"), ("bedrock", "/model/MODEL/converse"),
    ];

    private static string Folder => Path.Combine(WireCorpus.RepositoryRoot, "bench", "onthebench", "nano");

    private static readonly JsonElement Manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "definition.json"))).RootElement;

    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            for (var row = 0; row < Dialects.Length; row++)
                for (var column = 0; column < Dialects.Length; column++)
                    if (Manifest.GetProperty("matrix")[row].GetString()![column] == '1') pairs.Add(Dialects[row].Name, Dialects[column].Name);
            return pairs;
        }
    }

    [Fact]
    public void Each_caller_reaches_all_providers_or_has_no_route()
    {
        Manifest.GetProperty("matrix").EnumerateArray().Select(row => row.GetString()).ShouldBe(["111111", "111111", "111111", "111111", "000000", "000000"]);
        Manifest.GetProperty("egress").EnumerateArray().Select(name => name.GetString()).ShouldBe(Dialects.Select(dialect => dialect.Name));
        Manifest.GetProperty("egress_models").EnumerateObject().Select(model => model.Name).ShouldBe(Dialects.Select(dialect => dialect.Name), ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_declared_pair_reaches_the_providers_own_API(string caller, string provider)
    {
        gateway.Script(UpstreamScript.Json("{}"));
        var model = ModelOf(provider);
        using var response = await SendAsync(caller, model);
        var path = Dialects.Single(dialect => dialect.Name == provider).Path.Replace("MODEL", model[(model.IndexOf('/') + 1)..], StringComparison.Ordinal);
        Uri.UnescapeDataString(gateway.Upstream.Request.Target).ShouldBe(path, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("cohere")]
    [InlineData("bedrock")]
    public async Task A_caller_that_is_not_declared_has_no_route(string caller)
    {
        gateway.Upstream.Clear();
        using var response = await SendAsync(caller, ModelOf("openai"));
        response.StatusCode.ShouldBe(System.Net.HttpStatusCode.NotFound);
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    /// <summary>The bench refuses settings without a claim, claims without a setting, and settings that restate a default.</summary>
    [Fact]
    public void Every_setting_has_a_reason_and_no_default()
    {
        var reasons = Lines("why").Select(line => line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        reasons.ShouldAllBe(reason => reason.Length == 2 && new[] { "boot", "upstream", "ingress", "bind" }.Contains(reason[1]));
        reasons.Select(reason => reason[0]).ShouldBe(Env(1).Keys, ignoreOrder: true);
        Manifest.GetProperty("port").GetRawText().ShouldBe(GatewaySettings.All.Single(setting => setting.Name == GatewaySettings.Port).Default);
        Env(1).Keys.ShouldNotContain(GatewaySettings.Port);
        Env(1).Keys.ShouldNotContain(GatewaySettings.ApiKey);
    }

    /// <summary>The rules of the bench's own loader: no empty or unexpanded text, a process name that names one process, and a build script that exists.</summary>
    [Fact]
    public void The_manifest_follows_the_rules_of_the_bench()
    {
        foreach (var name in (string[])["name", "display", "repo", "path", "model", "auth", "lang", "class"])
        {
            var text = Manifest.GetProperty(name).GetString().ShouldNotBeNull(name);
            text.ShouldNotBeNullOrWhiteSpace(name);
            text.ShouldNotContain('$', name);
        }
        Path.GetFileName(Folder).ShouldBe(Manifest.GetProperty("name").GetString());
        var (launch, process) = (Manifest.GetProperty("launch"), Manifest.GetProperty("runtime").GetProperty("proc_match").GetString()!);
        process.Length.ShouldBeGreaterThanOrEqualTo(8);
        launch.GetProperty("binary")[0].GetString().ShouldBe(process);
        var build = Path.Combine(Folder, launch.GetProperty("build").GetString()!);
        File.ReadAllText(build).ShouldContain("$here/" + process);
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(build).HasFlag(UnixFileMode.UserExecute).ShouldBeTrue();
    }

    private static string ModelOf(string provider) => Manifest.GetProperty("egress_models").GetProperty(provider).GetString()!;

    /// <summary>The bench's own probes: a minimal request in the caller's API, with the credential of that API.</summary>
    private Task<HttpResponseMessage> SendAsync(string caller, string model)
    {
        // The fixture's own key would be sent beside the credential of the API.
        gateway.Client.DefaultRequestHeaders.Authorization = null;
        var body = caller switch
        {
            "openai" => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"hello"}],"max_tokens":16}""",
            "openai-responses" => $$"""{"model":"{{model}}","input":"hello"}""",
            "anthropic" => $$"""{"model":"{{model}}","max_tokens":64,"messages":[{"role":"user","content":"hello"}]}""",
            "gemini" => """{"contents":[{"parts":[{"text":"hello"}]}]}""",
            "cohere" => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"hello"}]}""",
            _ => """{"messages":[{"role":"user","content":[{"text":"hello"}]}]}""",
        };
        var message = new HttpRequestMessage(HttpMethod.Post, Dialects.Single(dialect => dialect.Name == caller).Path.Replace("MODEL", model, StringComparison.Ordinal))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        var key = Manifest.GetProperty("auth").GetString()!;
        if (caller == "anthropic") message.Headers.Add("x-api-key", key);
        else if (caller == "gemini") message.Headers.Add("x-goog-api-key", key);
        else message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return gateway.Client.SendAsync(message);
    }

    private static IEnumerable<string> Lines(string file) =>
        File.ReadAllLines(Path.Combine(Folder, file)).Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith('#'));

    private static Dictionary<string, string> Env(int mock) =>
        Lines("env").Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1].Replace("{MOCK_PORT}", $"{mock}", StringComparison.Ordinal));

    /// <summary>The gateway with the manifest's settings, on any free port.</summary>
    public sealed class Fixture : GatewayFixture
    {
        protected override Dictionary<string, string> Settings(string upstream) => new(Env(new Uri(upstream).Port)) { ["PORT"] = "0" };
    }
}
