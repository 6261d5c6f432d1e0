using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Panel;

/// <summary>The lights of the panel, each colour from a provider with that behaviour, over sockets.</summary>
public sealed class ProviderStatusTests(ProviderStatusTests.Providers gateway) : IClassFixture<ProviderStatusTests.Providers>
{
    /// <summary>Anthropic has no key; Mistral's address refuses connections, Groq's has an untrusted certificate, Cohere's speaks no HTTP.</summary>
    public sealed class Providers : PanelGateway, IAsyncLifetime
    {
        private readonly Socket _deaf = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly TcpListener _babbler = new(IPAddress.Loopback, 0);
        private readonly TcpListener _impostor = new(IPAddress.Loopback, 0);

        protected override Dictionary<string, string> Settings(string upstream)
        {
            // Bound but not listening: no other process gets the port, and connections are refused.
            _deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _babbler.Start();
            _impostor.Start();
            _ = AcceptAsync(_babbler, stream => stream.WriteAsync("220 mail.example ESMTP ready\r\n\r\n"u8.ToArray()).AsTask());
            _ = AcceptAsync(_impostor, async stream =>
            {
                using var key = RSA.Create(2048);
                using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                    .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
                await using var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(certificate);
            });
            // A check also asks for a list of models, and each test here sets the response.
            Upstream.Lists = null;
            var settings = base.Settings(upstream);
            AddVendors(settings, upstream);
            settings.Remove("ANTHROPIC_API_KEY");
            settings["MISTRAL_BASE_URL"] = $"http://{_deaf.LocalEndPoint}/v1";
            settings["GROQ_BASE_URL"] = $"https://{_impostor.LocalEndpoint}/v1";
            settings["COHERE_BASE_URL"] = $"http://{_babbler.LocalEndpoint}/v1";
            settings.Remove("OLLAMA_API_KEY");
            settings.Remove("VLLM_BASE_URL");
            return settings;
        }

        private static async Task AcceptAsync(TcpListener listener, Func<Stream, Task> talk)
        {
            while (true)
            {
                try
                {
                    using var caller = await listener.AcceptTcpClientAsync();
                    await talk(caller.GetStream());
                }
                catch (Exception e) when (e is IOException or AuthenticationException)
                {
                    // The gateway has closed the connection, as it should.
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
                {
                    return;
                }
            }
        }

        async Task IAsyncLifetime.DisposeAsync()
        {
            _deaf.Dispose();
            _babbler.Stop();
            _impostor.Stop();
            Anonymous.Dispose();
            await DisposeAsync();
        }
    }

    private async Task<JsonElement> StatusAsync(string provider, params UpstreamScript[] answers)
    {
        gateway.Script(answers);
        return await AskAsync(provider);
    }

    private async Task<JsonElement> AskAsync(string provider)
    {
        var reply = await gateway.OwnerAsync("GET", $"/api/providers/{provider}/status?fresh=true");
        ((int)reply.Status).ShouldBe(200, reply.Text);
        reply.Headers["cache-control"].ShouldBe("no-store");
        foreach (var id in new[] { "openai", "google", "xai", "anthropic", "mistral" }) reply.Text.ShouldNotContain(GatewayFixture.ProviderKey(id));
        reply.Json.GetProperty("cached").GetBoolean().ShouldBeFalse();
        return reply.Json;
    }

    private static void Is(JsonElement status, string light, string message, string? fix)
    {
        var words = new Dictionary<string, string> { ["green"] = "works", ["orange"] = "degraded", ["red"] = "failed", ["grey"] = "no_key" };
        status.GetProperty("light").GetString().ShouldBe(light, status.GetRawText());
        status.GetProperty("status").GetString().ShouldBe(words[light]);
        status.GetProperty("message").GetString()!.ShouldContain(message);
        if (fix is null) status.GetProperty("fix").ValueKind.ShouldBe(JsonValueKind.Null);
        else status.GetProperty("fix").GetString()!.ShouldContain(fix);
    }

    [Theory]
    [InlineData("openai", "/openai/v1/models", "authorization", "Bearer ", "GET /models with the key")]
    [InlineData("chatgpt", "/openai/v1/models", "authorization", "Bearer ", "GET /models with the key")]
    [InlineData("grok", "/xai/v1/models", "authorization", "Bearer ", "GET /models with the key")]
    [InlineData("google", "/google/v1beta/models?pageSize=1", "x-goog-api-key", "", "GET /v1beta/models?pageSize=1 with the key")]
    [InlineData("openrouter", "/openrouter/v1/key", "authorization", "Bearer ", "GET /key with the key")]
    [InlineData("azure", "/azure/v1/models", "api-key", "", "GET /models with the key")]
    public async Task A_list_of_models_with_the_key_is_green(string name, string target, string header, string prefix, string said)
    {
        var status = await StatusAsync(name, UpstreamScript.Json("""{"data":[]}"""));
        Is(status, "green", "accepts the key", null);
        status.GetProperty("checked").GetString().ShouldBe(said);
        status.GetProperty("latency_ms").GetInt64().ShouldBeGreaterThanOrEqualTo(0);
        status.GetProperty("checked_at").GetDateTimeOffset().ShouldBe(gateway.Clock.GetUtcNow(), TimeSpan.FromSeconds(1));
        var request = gateway.Upstream.Request;
        (request.Method, request.Target).ShouldBe(("GET", target));
        request.Headers[header].ShouldBe(prefix + GatewayFixture.ProviderKey(status.GetProperty("id").GetString()!));
        request.Body.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_needs_no_key_is_asked_without_one()
    {
        var status = await StatusAsync("ollama", UpstreamScript.Json("""{"object":"list","data":[]}"""));
        Is(status, "green", "responds.", null);
        status.GetProperty("checked").GetString().ShouldBe("GET /models");
        gateway.Upstream.Request.Headers.ContainsKey("authorization").ShouldBeFalse();
    }

    [Fact]
    public async Task A_list_may_be_an_array_and_longer_than_the_part_that_is_read()
    {
        Is(await StatusAsync("together", UpstreamScript.Json("""[{"id":"m"}]""")), "green", "Together", null);
        Is(await StatusAsync("openai", UpstreamScript.Json("""{"data":[""" + string.Join(",", Enumerable.Repeat("\"" + new string('m', 1000) + "\"", 500)) + "]}")), "green",
            "OpenAI", null);
    }

    [Theory]
    [InlineData("nano", "runs inside the gateway")]
    [InlineData("perplexity", "no free request")]
    public async Task A_provider_without_a_free_request_is_not_asked(string name, string message)
    {
        Is(await StatusAsync(name), "green", message, null);
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("anthropic", "no key here", "Set ANTHROPIC_API_KEY, or the Key Vault secret anthropic-api-key.")]
    [InlineData("vllm", "not set up", "VLLM_BASE_URL")]
    public async Task Grey_names_what_to_set(string name, string message, string fix)
    {
        Is(await StatusAsync(name), "grey", message, fix);
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    public static TheoryData<string, int, string, string, string, string> Refusals => new()
    {
        { "openai", 401, """{"error":{"message":"Incorrect API key provided: key-of-openai-do-not-leak."}}""", "red", "refuses the key (status 401)",
            "OPENAI_API_KEY (or remove it, and use the Key Vault secret openai-api-key)" },
        { "openai", 403, """{"error":{"message":"Country not supported"}}""", "red", "refuses the key (status 403)", "from where" },
        { "google", 400, """{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}""", "red",
            "refuses the key (status 400)", "GOOGLE_API_KEY" },
        { "google", 400, """{"error":{"code":400,"message":"Something else","status":"INVALID_ARGUMENT"}}""", "red", "status 400", "GOOGLE_BASE_URL" },
        { "openai", 404, "<html>not here</html>", "red", "no list of models", "OPENAI_BASE_URL" },
        { "openai", 302, "", "red", "another address", "OPENAI_BASE_URL" },
        { "openai", 429, """{"error":{"message":"Slow down"}}""", "orange", "limits requests", "Wait" },
        { "openai", 500, "oops", "orange", "failure of its own (status 500)", "Wait" },
        { "openai", 503, "", "orange", "failure of its own (status 503)", "Wait" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Each_refusal_has_a_colour_and_a_fix(string provider, int status, string body, string light, string message, string fix) =>
        Is(await StatusAsync(provider, UpstreamScript.Json(body, status).Header("location", "https://elsewhere.example/")), light, message, fix);

    [Theory]
    [InlineData("<!doctype html><title>Sign in to the network</title>")]
    [InlineData("")]
    [InlineData("\"OK\"")]
    [InlineData("{\"data\":[")]
    [InlineData("{\"data\":[]} trailing")]
    public async Task A_response_that_is_not_a_list_is_not_the_provider(string body) =>
        Is(await StatusAsync("openai", UpstreamScript.Json(body)), "red", "not a list of models", "OPENAI_BASE_URL");

    [Theory]
    [InlineData("mistral", "the connection was refused", "MISTRAL_BASE_URL")]
    [InlineData("groq", "TLS certificate is not trusted", "GROQ_BASE_URL")]
    [InlineData("cohere", "not valid HTTP", "COHERE_BASE_URL")]
    public async Task An_unreachable_provider_has_a_reason(string provider, string message, string fix)
    {
        var status = await StatusAsync(provider);
        Is(status, "red", message, fix);
        status.GetProperty("latency_ms").ValueKind.ShouldBe(JsonValueKind.Null);
        foreach (var trace in new[] { "Exception", "   at ", "System." }) status.GetRawText().ShouldNotContain(trace);
    }

    [Fact]
    public async Task A_connection_that_closes_without_a_response_is_red() =>
        Is(await StatusAsync("openai", UpstreamScript.NoAnswer), "red", "cannot be reached", "OPENAI_BASE_URL");

    [Fact]
    public async Task A_slow_response_is_orange()
    {
        var go = new TaskCompletionSource();
        gateway.Script(new UpstreamScript().WaitFor(go.Task).Header("content-type", "application/json").Send("""{"data":[]}"""));
        var asking = AskAsync("openai");
        await gateway.WhileItIsAskedAsync(TimeSpan.FromSeconds(4));
        go.SetResult();
        var status = await asking;
        Is(status, "orange", "took 4.0 s", null);
        status.GetProperty("latency_ms").GetInt64().ShouldBe(4000);
    }

    [Fact]
    public async Task A_provider_that_stays_silent_is_red_after_the_limit()
    {
        gateway.Script(new UpstreamScript().Silence());
        var asking = AskAsync("openai");
        await gateway.WhileItIsAskedAsync(TimeSpan.FromSeconds(9));
        Is(await asking, "red", "did not respond within 8 s", "OPENAI_BASE_URL");
        await gateway.Upstream.Request.ClientLeft.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_response_that_never_ends_is_cut_off_at_the_limit()
    {
        gateway.Script(UpstreamScript.Json("""{"data":[""").Silence());
        var asking = AskAsync("openai");
        await gateway.WhileItIsAskedAsync(TimeSpan.Zero);
        while (!asking.IsCompleted)
        {
            gateway.Clock.Advance(TimeSpan.FromSeconds(3));
            await Task.WhenAny(asking, Task.Delay(50));
        }
        (await asking).GetProperty("light").GetString().ShouldBe("red");
    }

    [Fact]
    public async Task Concurrent_requests_share_one_check_and_its_recent_result()
    {
        var go = new TaskCompletionSource();
        gateway.Clock.Advance(TimeSpan.FromSeconds(31));
        gateway.Script(new UpstreamScript().WaitFor(go.Task).Header("content-type", "application/json").Send("{}"));
        var asking = Enumerable.Range(0, 5).Select(i => gateway.OwnerAsync("GET", "/api/providers/xai/status" + (i == 0 ? "?fresh=true" : ""))).ToList();
        await gateway.WhileItIsAskedAsync(TimeSpan.Zero);
        // Another provider does not wait for it.
        ((int)(await gateway.OwnerAsync("GET", "/api/providers/nano/status")).Status).ShouldBe(200);
        asking.ShouldAllBe(a => !a.IsCompleted);
        go.SetResult();
        foreach (var reply in await Task.WhenAll(asking)) reply.Json.GetProperty("light").GetString().ShouldBe("green");
        gateway.Upstream.Requests.Count.ShouldBe(1);

        gateway.Clock.Advance(TimeSpan.FromSeconds(29));
        (await gateway.OwnerAsync("GET", "/api/providers/grok/status")).Json.GetProperty("cached").GetBoolean().ShouldBeTrue();
        gateway.Upstream.Requests.Count.ShouldBe(1);
        gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        gateway.Upstream.Answer(UpstreamScript.Json("{}", 500));
        var anew = (await gateway.OwnerAsync("GET", "/api/providers/xai/status")).Json;
        (anew.GetProperty("cached").GetBoolean(), anew.GetProperty("light").GetString()).ShouldBe((false, "orange"));
    }

    [Fact]
    public async Task An_unknown_provider_is_a_404_that_names_the_known_ones()
    {
        var reply = await gateway.OwnerAsync("GET", "/api/providers/%3Cscript%3E/status");
        ((int)reply.Status).ShouldBe(404);
        reply.Error().GetProperty("code").GetString().ShouldBe("provider_not_found");
        reply.Error().GetProperty("message").GetString()!.ShouldContain("anthropic");
    }
}
