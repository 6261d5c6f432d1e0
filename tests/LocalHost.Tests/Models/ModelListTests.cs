using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Providers.Catalogue;
using Nano.Testing.Upstream;
using Nano.Upstream;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Models;

/// <summary>Models that providers list, through <c>/v1/models</c> and the panel's list: when providers are asked, and how responses are used.</summary>
public sealed class ModelListTests : IAsyncLifetime
{
    private const string Plain =
        """{"object":"list","data":[{"id":"brand-new","object":"model","created":1,"owned_by":"x","context_length":4096},{"id":"gpt-4o-2024-08-06"},{"id":"gpt-4o"},{"id":"text-embedding-3-small"}]}""";

    private readonly ListingGateway _gateway = new();

    public Task InitializeAsync() => ((IAsyncLifetime)_gateway).InitializeAsync();

    public Task DisposeAsync() => ((IAsyncLifetime)_gateway).DisposeAsync();

    private FakeUpstream Upstream => _gateway.Upstream;

    private static UpstreamScript Of(params string[] ids) => UpstreamScript.Json(JsonSerializer.Serialize(new { data = ids.Select(id => new { id }) }));

    [Fact]
    public async Task The_first_response_has_what_every_provider_lists_beside_the_catalogue()
    {
        _gateway.Lists(
            ("openai", UpstreamScript.Json(Plain)),
            ("my-server", Of("llama-local", "nomic-embed-text")),
            ("ollama", Of("llama3.2:3b", "hf.co/org/model:Q4")),
            ("together", UpstreamScript.Json("""[{"id":"meta-llama/Llama-9","type":"chat"},{"id":"flux","type":"image"}]""")));
        var ids = await _gateway.IdsAsync();
        ids.ShouldContain("openai/gpt-4o");
        ids.ShouldContain("openai/gpt-5.5", "the catalogue stays, also what the list leaves out");
        ids.Where(id => id.StartsWith("openai/", StringComparison.Ordinal)).TakeLast(3).ShouldBe(["openai/brand-new", "openai/gpt-4o-2024-08-06", "openai/text-embedding-3-small"]);
        ids.Where(id => id.Split('/')[0] is "my-server" or "ollama")
            .ShouldBe(["ollama/llama3.2:3b", "ollama/hf.co/org/model:Q4", "my-server/llama-local", "my-server/nomic-embed-text"], ignoreOrder: true);
        ids.ShouldContain("together/meta-llama/Llama-9");
        ids.ShouldBeUnique();
        Upstream.ListRequests.Select(r => r.Target).ShouldBe(
            ["/openai/v1/models", "/anthropic/v1/models?limit=1000", "/google/v1beta/models?pageSize=1000", "/my-server/v1/models", "/ollama/v1/models", "/together/v1/models"],
            ignoreOrder: true);
        Header("openai", "authorization").ShouldBe("Bearer " + GatewayFixture.ProviderKey("openai"));
        Header("anthropic", "x-api-key").ShouldBe(GatewayFixture.ProviderKey("anthropic"));
        Header("anthropic", "anthropic-version").ShouldBe("2023-06-01");
        Header("google", "x-goog-api-key").ShouldBe(GatewayFixture.ProviderKey("google"));
        Header("ollama", "authorization").ShouldBeNull();

        string? Header(string provider, string name) =>
            Upstream.ListRequests.First(r => r.Target.StartsWith($"/{provider}/", StringComparison.Ordinal)).Headers.GetValueOrDefault(name);
    }

    [Fact]
    public async Task A_listed_model_has_its_known_data_in_each_dialect()
    {
        _gateway.Lists(("openai", UpstreamScript.Json(Plain)));
        var models = (await _gateway.OwnerAsync("GET", "/v1/models")).Json.GetProperty("data").EnumerateArray().ToDictionary(m => m.GetProperty("id").GetString()!);
        models["openai/brand-new"].GetRawText().ShouldBe("""{"id":"openai/brand-new","object":"model","created":0,"owned_by":"openai","status":"listed","context_length":4096}""");
        models["openai/text-embedding-3-small"].GetRawText()
            .ShouldBe("""{"id":"openai/text-embedding-3-small","object":"model","created":0,"owned_by":"openai","status":"listed","capabilities":{"output":["embedding"]}}""");
        // A dated snapshot of a model in the catalogue has the same prices and abilities.
        models["openai/gpt-4o-2024-08-06"].GetProperty("context_length").GetInt64().ShouldBe(128000);
        models["openai/gpt-4o-2024-08-06"].GetProperty("pricing").GetProperty("input").GetDecimal().ShouldBe(2.5m);
        var anthropic = await _gateway.OwnerAsync("GET", "/v1/models", null, "anthropic-version: 2023-06-01");
        anthropic.Json.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()).ShouldContain("openai/brand-new");
        var google = await _gateway.CallAsync("GET", "/v1/models", null, "x-goog-api-key: " + GatewayFixture.CallerKey);
        google.Json.GetProperty("models").EnumerateArray().Select(m => m.GetProperty("name").GetString()).ShouldContain("models/openai/brand-new");
        var panel = (await _gateway.OwnerAsync("GET", "/api/models")).Json.GetProperty("models").EnumerateArray().First(m => m.GetProperty("id").GetString() == "openai/brand-new");
        (panel.GetProperty("available").GetBoolean(), panel.GetProperty("status").GetString(), panel.GetProperty("context").GetInt64()).ShouldBe((true, "listed", 4096));
        panel.GetProperty("input_per_million").ValueKind.ShouldBe(JsonValueKind.Null);
        (await _gateway.OwnerAsync("GET", "/api/providers")).Json.GetProperty("providers").EnumerateArray().First(p => p.GetProperty("id").GetString() == "my-server")
            .GetProperty("models").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task One_model_is_looked_up_only_in_its_provider_s_list_and_only_if_the_catalogue_lacks_it()
    {
        _gateway.Lists(("my-server", Of("org/llama-local")));
        ((int)(await _gateway.OwnerAsync("GET", "/v1/models/openai/gpt-4o")).Status).ShouldBe(200);
        Upstream.ListRequests.ShouldBeEmpty();
        foreach (var path in new[] { "/v1/models/my-server/org/llama-local", "/v1/models/my-server%2Forg%2Fllama-local" })
        {
            var reply = await _gateway.OwnerAsync("GET", path);
            ((int)reply.Status).ShouldBe(200, reply.Text);
            (reply.Json.GetProperty("id").GetString(), reply.Json.GetProperty("owned_by").GetString()).ShouldBe(("my-server/org/llama-local", "my-server"));
        }
        var missing = await _gateway.OwnerAsync("GET", "/v1/models/my-server/other");
        ((int)missing.Status).ShouldBe(404);
        missing.Error().GetProperty("message").GetString()
            .ShouldBe("The model 'my-server/other' is not in the catalogue, and my-server does not list it. Requests for it are still sent to my-server.");
        Upstream.ListRequests.Select(r => r.Target).ShouldBe(["/my-server/v1/models"]);
    }

    [Fact]
    public async Task Pages_are_followed_to_the_end_up_to_a_limit()
    {
        Upstream.Lists = request => request.Target switch
        {
            "/anthropic/v1/models?limit=1000" => UpstreamScript.Json("""{"data":[{"id":"claude-a"}],"has_more":true,"last_id":"claude-a"}"""),
            "/anthropic/v1/models?limit=1000&after_id=claude-a" => UpstreamScript.Json("""{"data":[{"id":"claude-b"}],"has_more":false,"last_id":"claude-b"}"""),
            var target when target.StartsWith("/google/", StringComparison.Ordinal) =>
                UpstreamScript.Json("""{"models":[{"name":"models/gemini-a"}],"nextPageToken":"again and again"}"""),
            _ => UpstreamScript.Json("[]"),
        };
        var ids = await _gateway.IdsAsync();
        foreach (var id in new[] { "anthropic/claude-a", "anthropic/claude-b", "google/gemini-a" }) ids.ShouldContain(id);
        Upstream.ListRequests.Count(r => r.Target.StartsWith("/google/", StringComparison.Ordinal)).ShouldBe(4);
    }

    [Fact]
    public async Task A_list_is_cached_for_ten_minutes_and_refreshed_in_the_background()
    {
        _gateway.Lists(("openai", Of("first")));
        (await _gateway.IdsAsync()).ShouldContain("openai/first");
        _gateway.Clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        Upstream.Clear();
        (await _gateway.IdsAsync()).ShouldContain("openai/first");
        Upstream.ListRequests.ShouldBeEmpty();

        var go = new TaskCompletionSource();
        _gateway.Lists(("openai", new UpstreamScript().Header("content-type", "application/json").WaitFor(go.Task).Send("""{"data":[{"id":"second"}]}""")));
        _gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        (await _gateway.IdsAsync()).ShouldContain("openai/first");
        await Wait.UntilAsync(() => Upstream.ListRequests.Any(r => r.Target.StartsWith("/openai/", StringComparison.Ordinal)));
        (await _gateway.IdsAsync()).ShouldContain("openai/first");
        go.SetResult();
        await _gateway.UntilListedAsync("openai/second");
        (await _gateway.IdsAsync()).ShouldNotContain("openai/first", "the list is replaced whole");
        Upstream.ListRequests.Count(r => r.Target.StartsWith("/openai/", StringComparison.Ordinal)).ShouldBe(1);
    }

    /// <summary>The list must be there within three seconds (field/clients.md).</summary>
    [Fact]
    public void Client_case1_Providers_are_waited_for_less_than_three_seconds() => ModelLists.FirstWait.ShouldBeLessThan(TimeSpan.FromSeconds(3));

    [Fact]
    public async Task A_provider_that_is_slow_at_first_is_waited_for_briefly_and_once()
    {
        var go = new TaskCompletionSource();
        _gateway.Lists(("my-server", Of("quick")), ("openai", new UpstreamScript().Header("content-type", "application/json").WaitFor(go.Task).Send("""{"data":[{"id":"slow"}]}""")));
        var asking = _gateway.IdsAsync();
        await Wait.UntilAsync(() => Upstream.ListRequests.Count == 6);
        var other = _gateway.IdsAsync();
        asking.IsCompleted.ShouldBeFalse();
        while (!asking.IsCompleted)
        {
            // The quick ones may still be in progress: time passes slowly, up to the limit.
            _gateway.Clock.Advance(TimeSpan.FromSeconds(0.1));
            await Task.WhenAny(asking, Task.Delay(50));
        }
        foreach (var ids in new[] { await asking, await other })
        {
            ids.ShouldContain("openai/gpt-4o");
            ids.ShouldNotContain("openai/slow");
        }
        // From now on no request waits: the clock is stopped.
        (await _gateway.IdsAsync()).ShouldContain("openai/gpt-4o");
        go.SetResult();
        await _gateway.UntilListedAsync("openai/slow");
        await _gateway.UntilListedAsync("my-server/quick");
        Upstream.ListRequests.Count.ShouldBe(6);
    }

    private static readonly Dictionary<string, UpstreamScript> Failures = new()
    {
        ["a refused key"] = UpstreamScript.Json("""{"error":{"message":"bad key"}}""", 401),
        ["a failure"] = UpstreamScript.Json("oops", 500),
        ["a limit"] = UpstreamScript.Json("""{"error":{"message":"slow down"}}""", 429),
        ["another address"] = UpstreamScript.Json("", 302).Header("location", "http://127.0.0.1:1/"),
        ["nothing there"] = UpstreamScript.Json("<html>not found</html>", 404),
        ["a login page"] = UpstreamScript.Json("<!doctype html><title>Sign in</title>"),
        ["an error in a 200"] = UpstreamScript.Json("""{"error":{"message":"no"}}"""),
        ["half a list"] = UpstreamScript.Json("""{"data":[{"id":"half"},{"id":"ha"""),
        ["a cut"] = new UpstreamScript().Header("content-length", "500").Send("""{"data":[{"id":"half"}]}""").Cut(),
        ["no answer"] = UpstreamScript.NoAnswer,
        ["no text"] = UpstreamScript.Json(new byte[] { 0x1f, 0x8b, 0, 0xff, 0xfe }),
    };

    public static TheoryData<string> FailureNames => [.. Failures.Keys];

    [Theory]
    [MemberData(nameof(FailureNames))]
    public async Task A_failed_list_leaves_the_catalogue_and_is_retried_after_growing_pauses(string what)
    {
        var failure = Failures[what];
        _gateway.Lists(("openai", failure));
        var ids = await _gateway.IdsAsync();
        ids.ShouldContain("openai/gpt-4o", what);
        ids.ShouldNotContain("openai/half");
        Asked().ShouldBe(1);
        foreach (var (seconds, flights) in new[] { (29, 1), (1, 2), (59, 2), (1, 3), (119, 3), (1, 4), (239, 4), (1, 5) })
        {
            _gateway.Clock.Advance(TimeSpan.FromSeconds(seconds));
            (await _gateway.IdsAsync()).ShouldContain("openai/gpt-4o");
            await _gateway.LandedAsync();
            Asked().ShouldBe(flights, what);
        }
        _gateway.Lists(("openai", Of("well-again")));
        _gateway.Clock.Advance(TimeSpan.FromMinutes(10));
        await _gateway.UntilListedAsync("openai/well-again");
        _gateway.Usage.Lines.ShouldContain(line => line.Contains("list of models of openai could not be read"));
        foreach (var line in _gateway.Usage.Lines) line.ShouldNotContain("do-not-leak");
        // Known models stay known.
        _gateway.Lists(("openai", failure));
        _gateway.Clock.Advance(TimeSpan.FromMinutes(10));
        (await _gateway.IdsAsync()).ShouldContain("openai/well-again");
        await _gateway.LandedAsync();
        Asked().ShouldBe(7);
        (await _gateway.IdsAsync()).ShouldContain("openai/well-again");

        int Asked() => Upstream.ListRequests.Count(r => r.Target.StartsWith("/openai/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_list_that_arrives_too_slowly_is_cut_off()
    {
        _gateway.Lists(("openai", UpstreamScript.Json("""{"data":[{"id":"drip"},""").Silence()));
        var asking = _gateway.IdsAsync();
        await Wait.UntilAsync(() => Upstream.ListRequests.Count == 6);
        var openai = Upstream.ListRequests.First(r => r.Target.StartsWith("/openai/", StringComparison.Ordinal));
        while (!openai.ClientLeft.IsCompleted)
        {
            _gateway.Clock.Advance(TimeSpan.FromSeconds(3));
            await Task.WhenAny(openai.ClientLeft, Task.Delay(50));
        }
        (await asking).ShouldNotContain("openai/drip");
    }

    [Fact]
    public async Task Hostile_lists_do_no_harm()
    {
        string[] bad = ["", " ", "a b", "../files", "a//b", "/a", "a/", "x?key=1", "x#y", "x%2f", "<script>", "a\nb", "a\u0000b", "\u202Egnp", "a\\b", "\"", "é",
            new string('a', 300)];
        _gateway.Lists(
            ("openai", UpstreamScript.Json(JsonSerializer.Serialize(new { data = bad.Append("good").Select(id => new { id }) }))),
            ("my-server", UpstreamScript.Json("[" + string.Join(",", Enumerable.Range(0, 100_000).Select(i => $$"""{"id":"m{{i}}"}""")) + "]")),
            // More than 8 MB.
            ("together", UpstreamScript.Json("[" + string.Join(",", Enumerable.Repeat($$"""{"id":"big","x":"{{new string('x', 1_000_000)}}"}""", 9)) + "]")),
            ("ollama", UpstreamScript.Json("""{"data":[{"id":"deep","x":""" + new string('[', 1000) + new string(']', 1000) + "}]}")));
        var ids = await _gateway.IdsAsync();
        ids.Where(id => id.StartsWith("openai/", StringComparison.Ordinal)).Except(ModelCatalogue.Embedded.Models.Select(model => model.Name)).ShouldBe(["openai/good"]);
        var mine = ids.Where(id => id.StartsWith("my-server/", StringComparison.Ordinal)).ToList();
        (mine.Count, mine[0], mine[^1]).ShouldBe((2000, "my-server/m0", "my-server/m1999"));
        ids.ShouldNotContain("together/big");
        ids.ShouldNotContain("ollama/deep");
    }

    [Fact]
    public async Task Many_callers_cause_one_request()
    {
        var go = new TaskCompletionSource();
        _gateway.Lists(("openai", new UpstreamScript().Header("content-type", "application/json").WaitFor(go.Task).Send("""{"data":[{"id":"m"}]}""")));
        var asking = Enumerable.Range(0, 40).Select(i => _gateway.OwnerAsync("GET", i % 2 == 0 ? "/v1/models" : "/api/models")).ToList();
        await Wait.UntilAsync(() => Upstream.ListRequests.Count >= 6);
        go.SetResult();
        foreach (var reply in await Task.WhenAll(asking)) reply.Text.ShouldContain("openai/m\"");
        Upstream.ListRequests.Count.ShouldBe(6);
        Upstream.ListRequests.Select(r => r.Target).ShouldBeUnique();
    }
}
