using System.Net;
using Nano.LocalHost.Tests.Governance;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Caching;

/// <summary>The response cache over sockets: which responses it serves, in which form, to which callers, and which it never stores.</summary>
public sealed class CacheTests(CacheGateway gateway) : IClassFixture<CacheGateway>
{
    internal const string Ttl = "x-nano-cache: ttl=600";

    [Fact]
    public async Task Nothing_is_cached_by_default()
    {
        var request = gateway.Ask();
        foreach (var header in (string[])["", "", "x-nano-cache: off"])
        {
            var reply = await gateway.OwnerChatAsync(request, header);
            (reply.Status, reply.Headers.GetValueOrDefault("x-nano-cache"), reply.Headers["x-nano-attempts"]).ShouldBe((HttpStatusCode.OK, header.Length > 0 ? "off" : null, "1"));
        }
    }

    [Fact]
    public async Task A_hit_is_the_response_with_a_new_id_and_costs_nothing()
    {
        gateway.Script(Whole());
        var request = gateway.Ask("openai/gpt-4o");
        var first = await gateway.OwnerChatAsync(request, Ttl);
        (first.Status, first.Headers["x-nano-cache"], first.Headers["x-nano-attempts"]).ShouldBe((HttpStatusCode.OK, "miss", "1"));
        gateway.Usage.Clear();
        var hit = await gateway.OwnerChatAsync(request, Ttl);
        (hit.Status, hit.Headers["x-nano-cache"], hit.Headers["x-nano-attempts"], hit.Headers["x-nano-deployment"]).ShouldBe((HttpStatusCode.OK, "hit", "0", "openai/gpt-4o"));
        int.Parse(hit.Headers["age"], System.Globalization.CultureInfo.InvariantCulture).ShouldBeInRange(0, 120);
        gateway.Upstream.Requests.Count.ShouldBe(1);
        var (was, made) = (first.Json.GetProperty("id").GetString()!, hit.Json.GetProperty("id").GetString()!);
        made.ShouldStartWith("chatcmpl-");
        made.ShouldNotBe(was);
        hit.Text.ShouldBe(first.Text.Replace(was, made, StringComparison.Ordinal));
        var record = await gateway.Usage.OneAsync();
        (record["Provider"], record["Model"], record["Cost"], record["InputTokens"], record["Attempts"],
            record["Outcome"]?.ToString()).ShouldBe(("openai", "gpt-4o", 0m, 3L, 0, "Ok"));
    }

    /// <summary>Each form of each API is served from an entry that was stored in each form, with converted and passed-through models.</summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Streams_equal_whole_responses(string api, string model, bool stored, bool asked)
    {
        if (model == "openai/gpt-4o") gateway.Script(stored ? Stream() : Whole());
        var content = gateway.Fresh();
        var first = await gateway.CallApiAsync(api, model, content, stored, Ttl);
        (first.Status, first.Headers["x-nano-cache"]).ShouldBe((HttpStatusCode.OK, "miss"), first.Text);
        var hit = await gateway.CallApiAsync(api, model, content, asked, Ttl);
        (hit.Status, hit.Headers["x-nano-cache"], hit.IsBroken).ShouldBe((HttpStatusCode.OK, "hit", false), hit.Text);
        hit.IsStream.ShouldBe(asked);
        CacheGateway.TextOf(api, hit, asked).ShouldBe(CacheGateway.TextOf(api, first, stored));
        if (api == "chat")
        {
            var isRelayed = model == "openai/gpt-4o";
            var one = isRelayed ? first.ReadRelayed(stored) : first.ReadStrictly(usageAsked: true);
            var other = isRelayed ? hit.ReadRelayed(asked) : hit.ReadStrictly(usageAsked: true);
            AnswerDifference.First(one, other).ShouldBeNull();
        }
        // If the form is the same, the bytes are equal except for the id.
        if (stored == asked) hit.Body.Length.ShouldBeInRange(first.Body.Length - 200, first.Body.Length + 200);
    }

    public static TheoryData<string, string, bool, bool> Forms()
    {
        var forms = new TheoryData<string, string, bool, bool>();
        foreach (var (api, model) in ((string, string)[])[("chat", "nano/echo"), ("chat", "openai/gpt-4o"), ("messages", "nano/echo"), ("responses", "nano/echo"),
            ("gemini", "nano/echo")])
            foreach (var stored in (bool[])[false, true])
                foreach (var asked in (bool[])[false, true]) forms.Add(api, model, stored, asked);
        return forms;
    }

    [Fact]
    public async Task A_cached_stream_without_usage_is_sent_with_usage_on_request()
    {
        var content = gateway.Fresh();
        var request = $$"""{"model":"nano/echo","stream":true,"messages":[{"role":"user","content":"{{content}}"}]}""";
        var first = await gateway.OwnerChatAsync(request, Ttl);
        first.ReadStrictly(usageAsked: false).Choices[0].Text.ShouldContain(content);
        var hit = await gateway.OwnerChatAsync(request[..^1] + ""","stream_options":{"include_usage":true}}""", Ttl);
        hit.Headers["x-nano-cache"].ShouldBe("hit");
        hit.ReadStrictly(usageAsked: true).Choices[0].Text.ShouldContain(content);
    }

    [Fact]
    public async Task Reordered_members_hit_and_any_other_change_misses()
    {
        var content = gateway.Fresh();
        string Request(string more = "") => $$"""{"model":"nano/echo","temperature":0,"messages":[{"role":"user","content":"{{content}}"}]{{more}}}""";
        (await gateway.OwnerChatAsync(Request(), Ttl)).Headers["x-nano-cache"].ShouldBe("miss");
        (await gateway.OwnerChatAsync($$""" { "messages" : [ {"content":"{{content}}", "role":"user"} ],  "temperature": 0, "model": "nano/echo" } """,
            Ttl)).Headers["x-nano-cache"].ShouldBe("hit");
        foreach (var changed in (string[])[Request(",\"top_p\":1"), Request(",\"unknown\":null"), Request().Replace(":0,", ":0.0,", StringComparison.Ordinal),
            Request().Replace("user", "system", StringComparison.Ordinal)])
            (await gateway.OwnerChatAsync(changed, Ttl)).Headers["x-nano-cache"].ShouldBe("miss", changed);
        (await gateway.OwnerChatAsync(Request(), Ttl, "x-nano-strict: true")).Headers["x-nano-cache"].ShouldBe("miss");
        (await gateway.OwnerChatAsync(Request(), Ttl)).Headers["x-nano-cache"].ShouldBe("hit");
    }

    /// <summary>Tenants of every kind send the same request, one after the other: only those that a policy lets share find another one's entry.</summary>
    [Fact]
    public async Task No_tenant_sees_anothers_entry()
    {
        var request = gateway.Ask();
        (await gateway.OwnerChatAsync(request, Ttl)).Headers["x-nano-cache"].ShouldBe("miss");
        var n = gateway.Fresh()[..8];
        (string Key, string Json, bool Shares)[] tenants =
        [
            ("a", $$$"""{"organization":"{{{n}}}a","team":"web","cache":{"max_seconds":600}}""", false),
            ("b", $$$"""{"organization":"{{{n}}}a","team":"web","cache":{"max_seconds":600}}""", false),
            ("team 1", $$$"""{"organization":"{{{n}}}a","team":"web","cache":{"seconds":600,"scope":"team"}}""", false),
            ("team 2", $$$"""{"organization":"{{{n}}}a","team":"web","cache":{"seconds":600,"scope":"team"}}""", true),
            ("another team", $$$"""{"organization":"{{{n}}}a","team":"app","cache":{"seconds":600,"scope":"team"}}""", false),
            ("a team of that name elsewhere", $$$"""{"organization":"{{{n}}}b","team":"web","cache":{"seconds":600,"scope":"team"}}""", false),
            ("no team", $$$"""{"organization":"{{{n}}}a","cache":{"seconds":600,"scope":"team"}}""", false),
            ("also none", $$$"""{"organization":"{{{n}}}a","cache":{"seconds":600,"scope":"team"}}""", false),
            ("organization 1", $$$"""{"organization":"{{{n}}}a","team":"web","cache":{"seconds":600,"scope":"organization"}}""", false),
            ("organization 2", $$$"""{"organization":"{{{n}}}a","cache":{"seconds":600,"scope":"organization"}}""", true),
            ("another organization", $$$"""{"organization":"{{{n}}}b","cache":{"seconds":600,"scope":"organization"}}""", false),
        ];
        foreach (var (name, json, shares) in tenants)
        {
            var (_, key) = await gateway.CreateKeyAsync(json);
            var first = await gateway.ChatAsync(key, request, "/v1/chat/completions", Ttl);
            (first.Status, first.Headers.GetValueOrDefault("x-nano-cache")).ShouldBe((HttpStatusCode.OK, shares ? "hit" : "miss"), name);
            (await gateway.ChatAsync(key, request, "/v1/chat/completions", Ttl)).Headers["x-nano-cache"].ShouldBe("hit", name);
        }
        // Two session tokens with the same rights are two tenants as well.
        for (var i = 0; i < 2; i++)
        {
            var token = await TokenAsync("""{"cache":{"seconds":600}}""");
            (await gateway.ChatAsync(token, request, "/v1/chat/completions")).Headers["x-nano-cache"].ShouldBe("miss");
            (await gateway.ChatAsync(token, request, "/v1/chat/completions")).Headers["x-nano-cache"].ShouldBe("hit");
        }
    }

    [Fact]
    public async Task A_session_token_keeps_its_cache_rule()
    {
        var request = gateway.Ask();
        var none = await TokenAsync("{}");
        (await gateway.ChatAsync(none, request, "/v1/chat/completions", Ttl)).Headers["x-nano-cache"].ShouldBe("off");
        var asking = await TokenAsync("""{"cache":{"max_seconds":600}}""");
        (await gateway.ChatAsync(asking, request)).Headers.ContainsKey("x-nano-cache").ShouldBeFalse();
        (await gateway.ChatAsync(asking, request, "/v1/chat/completions", Ttl)).Headers["x-nano-cache"].ShouldBe("miss");
        var hit = await gateway.ChatAsync(asking, request, "/v1/chat/completions", Ttl);
        hit.Headers["x-nano-cache"].ShouldBe("hit");
        gateway.Usage.LastRequestId = hit.Headers["x-request-id"];
        (await gateway.Usage.OneAsync())["Cache"].ShouldBe("hit");
        (await gateway.OwnerAsync("DELETE", "/api/cache?scope=tokens")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await gateway.ChatAsync(asking, request, "/v1/chat/completions", Ttl)).Headers["x-nano-cache"].ShouldBe("miss");
        var shared = await gateway.OwnerAsync("POST", "/api/providers/nano/session", """{"cache":{"seconds":600,"scope":"organization"}}""");
        (shared.Status, shared.Error().GetProperty("param").GetString()).ShouldBe((HttpStatusCode.BadRequest, "cache"));
    }

    private async Task<string> TokenAsync(string json)
    {
        var reply = await gateway.OwnerAsync("POST", "/api/providers/nano/session", json);
        reply.Status.ShouldBe(HttpStatusCode.Created, reply.Text);
        return reply.Json.GetProperty("token").GetString()!;
    }

    [Fact]
    public async Task A_policy_decides_who_may_use_the_cache_and_for_how_long()
    {
        var request = gateway.Ask();
        var (_, never) = await gateway.CreateKeyAsync();
        (await gateway.ChatAsync(never, request, "/v1/chat/completions", Ttl)).Headers["x-nano-cache"].ShouldBe("off");
        (await gateway.ChatAsync(never, request)).Headers.ContainsKey("x-nano-cache").ShouldBeFalse();
        var (_, asking) = await gateway.CreateKeyAsync("""{"cache":{"max_seconds":600}}""");
        (await gateway.ChatAsync(asking, request)).Headers.ContainsKey("x-nano-cache").ShouldBeFalse();
        var (id, always) = await gateway.CreateKeyAsync("""{"cache":{"seconds":600}}""");
        (await gateway.ChatAsync(always, request)).Headers["x-nano-cache"].ShouldBe("miss");
        (await gateway.ChatAsync(always, request)).Headers["x-nano-cache"].ShouldBe("hit");
        (await gateway.ChatAsync(always, request, "/v1/chat/completions", "x-nano-cache: off")).Headers["x-nano-cache"].ShouldBe("off");
        (await gateway.OwnerAsync("GET", "/api/keys/" + id)).Json.GetProperty("cache").ToString()
            .ShouldBe("""{"seconds":600,"max_seconds":3600,"scope":"key","single_flight":false}""");
        (await gateway.OwnerAsync("PATCH", "/api/keys/" + id, """{"cache":{}}""")).Status.ShouldBe(HttpStatusCode.OK);
        (await gateway.ChatAsync(always, request)).Headers.ContainsKey("x-nano-cache").ShouldBeFalse();
    }

    [Theory]
    [InlineData("x-nano-cache: ttl=0")]
    [InlineData("x-nano-cache: ttl=604801")]
    [InlineData("x-nano-cache: ttl=1e3")]
    [InlineData("x-nano-cache: forever")]
    public async Task A_wrong_header_is_a_400(string header)
    {
        var reply = await gateway.OwnerChatAsync(gateway.Ask(), header);
        (reply.Status, reply.Error().GetProperty("param").GetString()).ShouldBe((HttpStatusCode.BadRequest, "x-nano-cache"));
    }

    [Fact]
    public async Task Hits_cost_nothing_and_count_in_the_rates_and_the_usage()
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"cache":{"seconds":600},"budgets":[{"usd":0.0001,"window":"month"}],"requests_per_minute":3}""");
        var request = gateway.Ask(more: ",\"max_tokens\":20");
        var miss = await gateway.ChatAsync(key, request);
        (miss.Status, miss.Headers["x-nano-cache"]).ShouldBe((HttpStatusCode.OK, "miss"), miss.Text);
        var spent = await gateway.SpentAsync(id);
        var hit = await gateway.ChatAsync(key, request);
        (hit.Headers["x-nano-cache"], hit.Headers["x-nano-cost"], hit.Headers["x-ratelimit-remaining-requests"]).ShouldBe(("hit", "0", "1"));
        (await gateway.SpentAsync(id)).ShouldBe(spent);
        var usage = await gateway.UsageOfAsync(hit);
        (usage.GetProperty("attempts")[0].GetProperty("outcome").GetString(), usage.GetProperty("cache").GetString()).ShouldBe(("cached", "hit"));
        usage.GetProperty("cost_usd").GetDecimal().ShouldBe(0);
        (await gateway.UsageOfAsync(miss)).GetProperty("cache").GetString().ShouldBe("miss");
        var rows = (await gateway.OwnerAsync("GET", $"/api/usage?group_by=cache&key={id}")).Json.GetProperty("rows").EnumerateArray();
        rows.Select(row => (row.GetProperty("cache").GetString(), row.GetProperty("requests").GetInt32())).Order().ShouldBe([("hit", 1), ("miss", 1)]);
        var recomputed = (await gateway.OwnerAsync("POST", "/api/usage/recompute", $$"""{"group_by":"cache","key":"{{id}}"}""")).Json.GetProperty("rows").EnumerateArray()
            .Single(row => row.GetProperty("cache").GetString() == "hit");
        (recomputed.GetProperty("recomputed_usd").GetDecimal(), recomputed.GetProperty("unpriced_attempts").GetInt32()).ShouldBe((0, 0));
        (await gateway.ChatAsync(key, request)).Headers["x-nano-cache"].ShouldBe("hit");
        var refused = await gateway.ChatAsync(key, request);
        (refused.Status, refused.Error().GetProperty("code").GetString()).ShouldBe((HttpStatusCode.TooManyRequests, "rate_limit_exceeded"));
    }

    [Fact]
    public async Task A_purge_ends_the_entries_of_a_scope()
    {
        var request = gateway.Ask();
        var (id, key) = await gateway.CreateKeyAsync("""{"organization":"purged","cache":{"seconds":600}}""");
        foreach (var (purge, isReached) in ((string, bool)[])[("?scope=owner", false), ("?organization=others", false), ($"?key={id}", true), ("?organization=purged", true),
            ("?scope=all", true)])
        {
            await gateway.ChatAsync(key, request);
            (await gateway.ChatAsync(key, request)).Headers["x-nano-cache"].ShouldBe("hit");
            (await gateway.OwnerAsync("DELETE", "/api/cache" + purge)).Status.ShouldBe(HttpStatusCode.NoContent);
            (await gateway.ChatAsync(key, request)).Headers["x-nano-cache"].ShouldBe(isReached ? "miss" : "hit", purge);
        }
        foreach (var wrong in (string[])["", "?scope=some", "?team=web", "?organization=a&key=b"])
            (await gateway.OwnerAsync("DELETE", "/api/cache" + wrong)).Status.ShouldBe(HttpStatusCode.BadRequest, wrong);
        (await gateway.CallAsync("DELETE", "/api/cache?scope=all", null, "Bearer " + key)).Status.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Of_identical_requests_at_the_same_time_one_is_sent()
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Script(new UpstreamScript().Header("content-type", "application/json").WaitFor(first.Task).Send(WholeJson()));
        var request = gateway.Ask("openai/gpt-4o");
        const string single = "x-nano-cache: ttl=600, single-flight";
        var leading = gateway.OwnerChatAsync(request, single);
        await Testing.Wait.UntilAsync(() => gateway.Upstream.Requests.Count == 1);
        var following = Enumerable.Range(0, 4).Select(_ => gateway.OwnerChatAsync(request, single)).ToList();
        await Task.WhenAny(Task.WhenAll(following), Task.Delay(200));
        first.SetResult();
        (await leading).Headers["x-nano-cache"].ShouldBe("miss");
        foreach (var reply in await Task.WhenAll(following)) (reply.Status, reply.Headers["x-nano-cache"]).ShouldBe((HttpStatusCode.OK, "hit"));
        gateway.Upstream.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Embeddings_are_cached()
    {
        gateway.Script(UpstreamScript.Json(
            """{"object":"list","model":"text-embedding-3-small","data":[{"object":"embedding","index":0,"embedding":[1,0.5]}],"usage":{"prompt_tokens":2,"total_tokens":2}}"""));
        var request = $$"""{"model":"openai/text-embedding-3-small","input":"{{gateway.Fresh()}}","encoding_format":"float"}""";
        var first = await gateway.CallAsync("POST", "/v1/embeddings", request, "Bearer " + GatewayFixture.CallerKey, Ttl);
        var hit = await gateway.CallAsync("POST", "/v1/embeddings", request, "Bearer " + GatewayFixture.CallerKey, Ttl);
        (first.Headers["x-nano-cache"], hit.Headers["x-nano-cache"], hit.Text).ShouldBe(("miss", "hit", first.Text));
    }

    internal static string WholeJson(string finish = "stop", string text = "Hi there") =>
        $$$"""{"id":"chatcmpl-abc","object":"chat.completion","created":1,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"{{{text}}}"},"finish_reason":"{{{finish}}}"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}""";

    internal static UpstreamScript Whole(string finish = "stop", string text = "Hi there") => UpstreamScript.Json(WholeJson(finish, text));

    internal static UpstreamScript Stream() => UpstreamScript.Sse(": a comment\n\n", Chunk("Hi"), Chunk(" there"), Chunk("", "\"stop\""),
        """data: {"id":"chatcmpl-abc","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}""" + "\n\n", "data: [DONE]\n\n");

    internal static string Chunk(string text, string finish = "null") =>
        $$$"""data: {"id":"chatcmpl-abc","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":{"role":"assistant","content":"{{{text}}}"},"finish_reason":{{{finish}}}}]}""" + "\n\n";
}
