using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Governance;

/// <summary>The real host with a SQLite store in a folder of its own and prices for <c>nano/echo</c>: a USD per million tokens of input, two of output.</summary>
public class GovernedGateway : GatewayFixture, IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new("nano-keys");

    public string Database => Path.Combine(_folder.FullName, "state.db");

    protected virtual string Store => "sqlite:" + Database;

    protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream))
    {
        ["STATE_STORE"] = Store,
        // Busy machines respond late; slow stores are tested elsewhere.
        ["STATE_TIMEOUT_MILLISECONDS"] = "60000",
        ["ECHO_PRICES"] = "1,2",
    };

    private HttpClient Anonymous => field ??= new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Client.BaseAddress, Timeout = Client.Timeout };

    async Task IAsyncLifetime.DisposeAsync()
    {
        Anonymous.Dispose();
        await DisposeAsync();
        await EndAsync();
        _folder.Dispose();
    }

    /// <summary>Ends the processes that a derived fixture started.</summary>
    protected virtual Task EndAsync() => Task.CompletedTask;

    /// <summary>Creates a virtual key.</summary>
    /// <returns>Its id, and the key itself.</returns>
    public async Task<(string Id, string Key)> CreateKeyAsync(string json = "{}")
    {
        var reply = await OwnerAsync("POST", "/api/keys", json);
        ((int)reply.Status).ShouldBe(201, reply.Text);
        return (reply.Json.GetProperty("id").GetString()!, reply.Json.GetProperty("key").GetString()!);
    }

    public Task<GatewayReply> OwnerAsync(string method, string path, string? json = null) => CallAsync(method, path, json, "Bearer " + CallerKey);

    public Task<GatewayReply> ChatAsync(string key, string request, string path = "/v1/chat/completions", params string[] headers) =>
        CallAsync("POST", path, request, "Bearer " + key, headers);

    public async Task<GatewayReply> CallAsync(string method, string path, string? json, string authorization, params string[] headers)
    {
        using var message = new HttpRequestMessage(new HttpMethod(method), path);
        if (json is not null) message.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (authorization.Length > 0) message.Headers.TryAddWithoutValidation("Authorization", authorization);
        foreach (var header in headers) message.Headers.TryAddWithoutValidation(header[..header.IndexOf(':')], header[(header.IndexOf(':') + 1)..].Trim());
        using var response = await Anonymous.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        return await GatewayReply.ReadAsync(response);
    }

    /// <summary>A request with a known estimate: few tokens of input, and the given number of output.</summary>
    public static string Echo(int maxTokens, bool stream = false, string content = "Hello") =>
        $$"""{"model":"nano/echo","max_tokens":{{maxTokens}},"messages":[{"role":"user","content":"{{content}}"}]{{(stream ? ",\"stream\":true" : "")}}}""";

    public async Task<JsonElement> UsageOfAsync(GatewayReply reply)
    {
        var found = await OwnerAsync("GET", "/api/usage/" + reply.Headers["x-request-id"]);
        ((int)found.Status).ShouldBe(200, found.Text);
        return found.Json;
    }

    /// <summary>What a key has spent, in USD.</summary>
    public async Task<decimal> SpentAsync(string id)
    {
        var rows = (await OwnerAsync("GET", $"/api/usage?group_by=key&key={id}")).Json.GetProperty("rows");
        return rows.GetArrayLength() == 0 ? 0 : rows[0].GetProperty("cost_usd").GetDecimal();
    }
}
