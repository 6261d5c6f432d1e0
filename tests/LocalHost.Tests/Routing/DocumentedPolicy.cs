using System.Net;
using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;

namespace Nano.LocalHost.Tests.Routing;

/// <summary>A policy of an example: each of its members, as a virtual key that names the policy finds it.</summary>
internal sealed class DocumentedPolicy(RoutingGateway gateway, DocumentedProviders providers, JsonProperty policy)
{
    /// <summary>The members that <see cref="CheckAsync"/> checks. An example with another one needs a check here.</summary>
    private static readonly string[] Known = ["models", "budgets", "requests_per_minute", "tokens_per_minute", "concurrency", "tags", "cache", "may_choose_plan"];

    public async Task CheckAsync()
    {
        policy.Value.EnumerateObject().Select(member => member.Name).ShouldBeSubsetOf(Known);
        var (id, key) = await CreateKeyAsync("web");
        var models = policy.Value.GetProperty("models").EnumerateArray().Select(model => model.GetString()!).ToArray();
        GatewayReply reply = null!;
        foreach (var model in models)
            foreach (var stream in (bool[])[false, true])
            {
                reply = await ChatAsync(key, model, stream);
                reply.Status.ShouldBe(HttpStatusCode.OK, reply.Text);
            }
        if (policy.Value.TryGetProperty("requests_per_minute", out var requests)) reply.Headers["x-ratelimit-limit-requests"].ShouldBe($"{requests}");
        if (policy.Value.TryGetProperty("tokens_per_minute", out var tokens)) reply.Headers["x-ratelimit-limit-tokens"].ShouldBe($"{tokens}");
        foreach (var tag in Members("tags"))
            (await OwnerAsync("GET", "/api/usage/" + reply.Headers["x-request-id"])).GetProperty("tags").GetProperty(tag.Name).GetString().ShouldBe(tag.Value.GetString());
        foreach (var budget in policy.Value.TryGetProperty("budgets", out var budgets) ? budgets.EnumerateArray() : [])
        {
            var listed = (await OwnerAsync("GET", "/api/budgets")).GetProperty("data").EnumerateArray().Single(item => item.GetProperty("key").GetString() == id
                && item.GetProperty("window").GetString() == budget.GetProperty("window").GetString());
            listed.GetProperty("usd").GetDecimal().ShouldBe(budget.GetProperty("usd").GetDecimal());
            listed.GetProperty("left_usd").GetDecimal().ShouldBeLessThan(budget.GetProperty("usd").GetDecimal(), "the requests above have cost something");
        }
        await CheckRefusalAsync(key);
        await CheckPlanAsync(key, models);
        await CheckConcurrencyAsync(models[0]);
        if (policy.Value.TryGetProperty("cache", out var cache)) await CheckCacheAsync(key, models[0], cache);
    }

    private async Task CheckRefusalAsync(string key)
    {
        gateway.Upstream.Clear();
        var refused = await ChatAsync(key, "openai/not-in-the-policy");
        refused.Status.ShouldBe(HttpStatusCode.Forbidden, refused.Text);
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    private async Task CheckPlanAsync(string key, string[] models)
    {
        var reply = await ChatAsync(key, models[0], headers: ("x-nano-fallback", models[^1]));
        if (policy.Value.TryGetProperty("may_choose_plan", out var may) && may.GetBoolean()) reply.Status.ShouldBe(HttpStatusCode.OK, reply.Text);
        else reply.Error().GetProperty("code").GetString().ShouldBe("plan_not_allowed");
    }

    /// <summary>As many requests as the policy allows stay open: one more is refused, and one more is served when they have ended.</summary>
    private async Task CheckConcurrencyAsync(string model)
    {
        if (!policy.Value.TryGetProperty("concurrency", out var concurrency)) return;
        var (_, key) = await CreateKeyAsync("open");
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        providers.Held = held.Task;
        gateway.Upstream.Clear();
        var open = Enumerable.Range(0, concurrency.GetInt32()).Select(_ => ChatAsync(key, model)).ToArray();
        await Testing.Wait.UntilAsync(() => gateway.Upstream.Requests.Count == open.Length || open.Any(one => one.IsCompleted));
        (await ChatAsync(key, model)).Status.ShouldBe(HttpStatusCode.TooManyRequests);
        held.SetResult();
        foreach (var reply in await Task.WhenAll(open)) reply.Status.ShouldBe(HttpStatusCode.OK, reply.Text);
        await Testing.Wait.UntilAsync(async () => (await ChatAsync(key, model)).Status == HttpStatusCode.OK);
    }

    /// <summary>The same request again, by the same key, by another of its team, and by one of another team.</summary>
    private async Task CheckCacheAsync(string key, string model, JsonElement cache)
    {
        cache.GetProperty("seconds").GetInt32().ShouldBePositive();
        cache.GetProperty("scope").GetString().ShouldBe("team", "another scope needs another check");
        var (_, same) = await CreateKeyAsync("web");
        var (_, other) = await CreateKeyAsync("another");
        const string question = "is it cached?";
        (await ChatAsync(key, model, question: question)).Headers["x-nano-cache"].ShouldBe("miss");
        (await ChatAsync(key, model, question: question)).Headers["x-nano-cache"].ShouldBe("hit");
        (await ChatAsync(same, model, question: question)).Headers["x-nano-cache"].ShouldBe("hit");
        (await ChatAsync(other, model, question: question)).Headers["x-nano-cache"].ShouldBe("miss");
    }

    private async Task<(string Id, string Key)> CreateKeyAsync(string team)
    {
        var key = await OwnerAsync("POST", "/api/keys", $$"""{"policy":"{{policy.Name}}","organization":"documented","team":"{{team}}"}""");
        return (key.GetProperty("id").GetString()!, key.GetProperty("key").GetString()!);
    }

    private async Task<GatewayReply> ChatAsync(string key, string model, bool stream = false, string? question = null, (string Name, string Value)? headers = null)
    {
        var body = GatewayFixture.Ask(model, stream).Replace("Hello", question ?? Guid.NewGuid().ToString(), StringComparison.Ordinal)
            // Without a limit of the output, the tokens per minute allow fewer requests at once than the concurrency.
            .Replace("\"messages\"", "\"max_tokens\":100,\"messages\"", StringComparison.Ordinal);
        using var response = await gateway.SendAsync(body, default, [("authorization", "Bearer " + key), .. headers is { } more ? [more] : Array.Empty<(string, string)>()]);
        return await GatewayReply.ReadAsync(response);
    }

    private async Task<JsonElement> OwnerAsync(string method, string path, string? json = null)
    {
        using var message = new HttpRequestMessage(new HttpMethod(method), path);
        if (json is not null) message.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await gateway.Client.SendAsync(message);
        var text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonDocument.Parse(text).RootElement;
    }

    private IEnumerable<JsonProperty> Members(string name) => policy.Value.TryGetProperty(name, out var members) ? members.EnumerateObject() : [];
}
