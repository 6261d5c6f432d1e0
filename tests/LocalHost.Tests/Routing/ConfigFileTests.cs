using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Secrets;
using Nano.Secrets;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Routing;

/// <summary>nano.json as a file that changes while the gateway runs.</summary>
public sealed class ConfigFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("nano");
    private string _whole = "";

    private string FilePath => Path.Combine(_folder.FullName, "nano.json");

    [Fact]
    public async Task A_changed_file_is_in_force_and_a_broken_one_leaves_the_old_one_in_force()
    {
        await using var gateway = await RoutingGateway.StartAsync("""  "models": { "fast": { "targets": [ { "model": "one/m" } ] } } """, Write);
        gateway.Answer(_ => Responses.Whole());
        (await gateway.ChatAsync("fast")).Headers["x-nano-deployment"].ShouldBe("one/m");

        Write(_whole.Replace("one/m", "two/m", StringComparison.Ordinal));
        await gateway.UntilAsync(line => line.Contains("is in force now", StringComparison.Ordinal));
        (await gateway.ChatAsync("fast")).Headers["x-nano-deployment"].ShouldBe("two/m");

        Write(_whole.Replace("one/m", "four/m", StringComparison.Ordinal) + " ");
        await gateway.UntilAsync(line => line.Contains("/models/fast/targets/0/model names a provider that does not exist", StringComparison.Ordinal));
        (await gateway.ChatAsync("fast")).Headers["x-nano-deployment"].ShouldBe("two/m");

        Write(_whole.Replace("\"fast\"", "\"slow\"", StringComparison.Ordinal) + "  ");
        await gateway.UntilAsync(line => line.Contains("is in force now", StringComparison.Ordinal));
        (await gateway.ChatAsync("fast")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await gateway.ChatAsync("slow")).Headers["x-nano-deployment"].ShouldBe("one/m");
    }

    /// <summary>A stream keeps the configuration that it began with, also when its alias and its provider are gone.</summary>
    [Fact]
    public async Task A_stream_that_is_open_when_the_file_changes_ends_as_it_began()
    {
        await using var gateway = await RoutingGateway.StartAsync("""  "models": { "fast": { "targets": [ { "model": "one/m" } ] } } """, Write);
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Answer(_ => UpstreamScript.Sse(Responses.Content("begun")).WaitFor(changed.Task).Send(Responses.Content("ended")).Send(Responses.End));
        using var response = await gateway.SendAsync(GatewayFixture.Ask("fast", stream: true));
        response.Headers.GetValues("x-nano-deployment").ShouldBe(["one/m"]);

        Write("""
            { "providers": { "other": { "type": "openai-compatible", "base_url": "http://127.0.0.1:1/v1" } },
              "models": { "slow": { "targets": [ { "model": "other/m" } ] } }, "resilience": { "failures_in_a_row": 3 } }
            """);
        await gateway.UntilAsync(line => line.Contains("is in force now", StringComparison.Ordinal));
        changed.SetResult();
        var reply = await GatewayReply.ReadAsync(response);
        (reply.IsBroken, reply.Text).ShouldBe((false, Responses.Content("begun") + Responses.Content("ended") + Responses.End));
        var record = await gateway.Usage.OneAsync();
        (record["Outcome"]?.ToString(), record["Alias"], record["Provider"]).ShouldBe(("Ok", "fast", "one"));
        (await gateway.ChatAsync("fast")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await gateway.ChatAsync("one/m")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_file_that_is_created_while_the_gateway_runs_is_read_and_one_that_is_removed_stays_in_force()
    {
        await using var gateway = await RoutingGateway.StartAsync("""  "models": { "fast": { "targets": [ { "model": "one/m" } ] } } """, json =>
        {
            _whole = json;
            return FilePath;
        });
        gateway.Answer(_ => Responses.Whole());
        (await gateway.ChatAsync("fast")).Status.ShouldBe(HttpStatusCode.NotFound);

        // In one step, so that it is never read half-written.
        File.WriteAllText(FilePath + ".new", _whole);
        File.Move(FilePath + ".new", FilePath);
        await gateway.UntilAsync(line => line.Contains("is in force now", StringComparison.Ordinal));
        (await gateway.ChatAsync("fast")).Headers["x-nano-deployment"].ShouldBe("one/m");

        File.Delete(FilePath);
        await gateway.UntilAsync(line => line.Contains("no longer exists", StringComparison.Ordinal));
        (await gateway.ChatAsync("fast")).Headers["x-nano-deployment"].ShouldBe("one/m");
    }

    [Fact]
    public async Task Checks_and_model_lists_are_those_of_the_instance_in_the_changed_file()
    {
        await using var gateway = await RoutingGateway.StartAsync("""  "models": { "fast": { "targets": [ { "model": "one/m" } ] } } """, Write);
        gateway.Upstream.Lists = request => request.Headers["authorization"] == "Bearer " + GatewayFixture.ProviderKey("two")
            ? UpstreamScript.Json("""{"data":[{"id":"listed"}]}""") : Responses.Error(401, "invalid_api_key");
        var status = await StatusAsync();
        status.GetProperty("light").GetString().ShouldBe("red");
        status.GetProperty("fix").GetString()!.ShouldContain("ONE_API_KEY");
        (await gateway.Client.GetStringAsync("/v1/models")).ShouldNotContain("one/listed");

        Write(_whole.Replace("\"ONE_API_KEY\"", "\"TWO_API_KEY\"", StringComparison.Ordinal) + " ");
        await gateway.UntilAsync(line => line.Contains("is in force now", StringComparison.Ordinal));
        (await StatusAsync()).GetProperty("light").GetString().ShouldBe("green");
        await Wait.UntilAsync(async () => (await gateway.Client.GetStringAsync("/v1/models")).Contains("one/listed", StringComparison.Ordinal));

        async Task<JsonElement> StatusAsync() => JsonDocument.Parse(await gateway.Client.GetStringAsync("/api/providers/one/status")).RootElement;
    }

    [Fact]
    public async Task An_instance_that_the_file_adds_has_the_base_url_of_its_setting()
    {
        await using var proxy = await FakeUpstream.StartAsync();
        proxy.Responder = _ => Responses.Whole();
        await using var gateway = await RoutingGateway.StartAsync("""  "models": { "fast": { "targets": [ { "model": "one/m" } ] } } """, Write,
            more: [("OPENAI_BASE_URL", proxy.BaseUrl + "/proxy/v1"), ("OPENAI_API_KEY", GatewayFixture.ProviderKey("openai"))]);
        Write(_whole.Replace("\"one\": {", "\"more\": { \"type\": \"openai\" }, \"one\": {", StringComparison.Ordinal));
        await gateway.UntilAsync(line => line.Contains("is in force now", StringComparison.Ordinal));
        (await gateway.ChatAsync("more/m")).Status.ShouldBe(HttpStatusCode.OK);
        proxy.Requests.Single().Target.ShouldStartWith("/proxy/v1/");
    }

    [Fact]
    public async Task A_changed_file_cannot_make_the_gateway_its_own_provider()
    {
        await using var gateway = await RoutingGateway.StartAsync("""  "models": { "fast": { "targets": [ { "model": "one/m" } ] } } """, Write,
            more: [("CUSTOM_ENDPOINT_URL", "http://localhost:7071")]);
        gateway.Answer(_ => Responses.Whole());
        Write(_whole.Replace("\"one\": {", "\"loop\": { \"type\": \"openai\", \"base_url\": \"http://127.0.0.1:7071/v1\" }, \"one\": {", StringComparison.Ordinal));
        await gateway.UntilAsync(line => line.Contains("base_url of 'loop' in nano.json is an address of this gateway", StringComparison.Ordinal));
        (await gateway.ChatAsync("loop/m")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await gateway.ChatAsync("fast")).Headers["x-nano-deployment"].ShouldBe("one/m");
    }

    /// <summary>A credential of Google's in the vault has several lines, which no key has.</summary>
    [Fact]
    public async Task An_instance_that_the_file_adds_may_have_a_document_as_its_key_in_the_vault()
    {
        await using var vault = await FakeVault.StartAsync();
        vault.Set("late-credentials", "{\n \"type\": \"unknown\"\n}");
        await using var gateway = await RoutingGateway.StartAsync("""  "models": { "fast": { "targets": [ { "model": "one/m" } ] } } """, Write, builder =>
            builder.Services.AddSingleton<IVaultReader>(s => new KeyVaultReader(vault.Uri, onAzure: true, s.GetRequiredService<TimeProvider>(), vault.Credential, vault.Configure,
                GatewayServiceCollectionExtensions.IsDocument(s))), more: ("KEY_VAULT_URI", vault.Uri.AbsoluteUri));
        gateway.Answer(_ => UpstreamScript.Json("{}", 401));
        Write(_whole.Replace("\"one\": {", $"\"late\": {{ \"type\": \"vertex\", \"base_url\": \"{gateway.Upstream.BaseUrl}/late\", \"key\": \"LATE_CREDENTIALS\" }}, \"one\": {{", StringComparison.Ordinal));
        await gateway.UntilAsync(line => line.Contains("is in force now", StringComparison.Ordinal));
        var reply = await gateway.ChatAsync("late/gemini-x");
        vault.Reads.ShouldContain("late-credentials");
        reply.Text.ShouldNotContain("line break");
    }

    /// <summary>An access key of Amazon's is one key in several settings, which an instance with a key of its own does not use.</summary>
    [Fact]
    public async Task A_provider_without_its_own_key_in_the_changed_file_has_the_key_of_its_type_again()
    {
        await using var gateway = await RoutingGateway.StartAsync("""  "models": { "fast": { "targets": [ { "model": "one/m" } ] } } """, Write,
            providers: upstream => $$""", "bedrock": { "base_url": "{{upstream}}/bedrock", "key": "OWN_BEDROCK_KEY" }""",
            more: [("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI-EXAMPLE"), ("AWS_REGION", "us-east-1")]);
        gateway.Answer(_ => UpstreamScript.Json("{}", 400));
        (await gateway.ChatAsync("bedrock/amazon.nova-x")).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        gateway.Upstream.Requests.ShouldBeEmpty();

        Write(_whole.Replace(", \"key\": \"OWN_BEDROCK_KEY\"", "", StringComparison.Ordinal));
        await gateway.UntilAsync(line => line.Contains("is in force now", StringComparison.Ordinal));
        await gateway.ChatAsync("bedrock/amazon.nova-x");
        gateway.Upstream.Requests.Single().Headers["authorization"].ShouldStartWith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/");
    }

    [Fact]
    public void A_gateway_does_not_start_with_a_broken_file_and_names_every_mistake()
    {
        File.WriteAllText(FilePath, """{"models":{"a":{"targets":[]}},"provider":{}}""");
        var complaints = new List<string>();
        LocalHostApp.Build(new Dictionary<string, string> { ["PORT"] = "0" }, complaints.Add, configFiles: [FilePath]).ShouldBeNull();
        complaints.ShouldBe([$"error: {FilePath}: /provider is not a member that is known here; 'providers' is.", $"error: {FilePath}: /models/a/targets must not be empty."]);
    }

    [Theory]
    [InlineData("./nano.json", "must be the JSON itself, an object in braces, and not the path of a file.")]
    [InlineData(" \n{\"models\":1}", "/models must be an object of aliases.")]
    public void A_mistake_in_NANO_CONFIG_names_the_setting(string json, string mistake)
    {
        var complaints = new List<string>();
        LocalHostApp.Build(new Dictionary<string, string> { ["PORT"] = "0", ["NANO_CONFIG"] = json }, complaints.Add).ShouldBeNull();
        complaints.Single().ShouldStartWith("error: NANO_CONFIG");
        complaints.Single().ShouldEndWith(mistake);
    }

    [Fact]
    public void The_file_is_searched_for_from_the_current_folder_up_to_the_repository_root()
    {
        var inside = Directory.CreateDirectory(Path.Combine(_folder.FullName, "a", "b")).FullName;
        Directory.CreateDirectory(Path.Combine(_folder.FullName, ".git"));
        LocalSettings.ConfigFiles(inside).ShouldBe([Path.Combine(inside, "nano.json"), Path.Combine(_folder.FullName, "a", "nano.json"), FilePath]);
    }

    public void Dispose() => _folder.Dispose();

    private string Write(string json)
    {
        if (_whole.Length == 0) _whole = json;
        File.WriteAllText(FilePath, json);
        return FilePath;
    }
}
