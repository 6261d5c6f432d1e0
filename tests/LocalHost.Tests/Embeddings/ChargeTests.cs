using System.Text;
using System.Text.Json;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Embeddings;

/// <summary>The host with embeddings and virtual keys.</summary>
public sealed class ChargedEmbeddings : EmbeddingFixture, IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new("nano-embeddings");

    protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream))
    {
        ["STATE_STORE"] = "sqlite:" + Path.Combine(_folder.FullName, "state.db"),
        ["STATE_TIMEOUT_MILLISECONDS"] = "60000",
    };

    async Task IAsyncLifetime.DisposeAsync()
    {
        await DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>What embeddings cost whose call fails.</summary>
public sealed class ChargeTests(ChargedEmbeddings gateway) : IClassFixture<ChargedEmbeddings>
{
    [Fact]
    public async Task A_batch_that_fails_in_one_part_is_charged_for_what_was_served()
    {
        using var created = await gateway.Client.PostAsync("/api/keys", new StringContent(
            """{"budgets":[{"usd":5,"window":"day"}],"prices":{"dashscope/m":{"input":1000,"output":0}}}""", Encoding.UTF8, "application/json"));
        var key = JsonDocument.Parse(await created.Content.ReadAsStringAsync()).RootElement.GetProperty("key").GetString();
        gateway.Upstream.Responder = request => request.BodyText.Contains("poison", StringComparison.Ordinal)
            ? UpstreamScript.Json("""{"error":{"message":"Bad text."}}""", 400) : FakeEmbedder.Respond(request);
        var texts = Enumerable.Range(0, 25).Select(i => i == 12 ? "poison" : "one").ToArray();
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/embeddings") { Content = new StringContent(EmbeddingFixture.Body("dashscope/m", texts)) };
        message.Headers.Authorization = new("Bearer", key);
        using var response = await gateway.Client.SendAsync(message);
        ((int)response.StatusCode).ShouldBe(400);
        using var found = await gateway.Client.GetAsync("/api/usage/" + response.Headers.GetValues("x-request-id").Single());
        var attempt = JsonDocument.Parse(await found.Content.ReadAsStringAsync()).RootElement.GetProperty("attempts")[0];
        // Two parts, with 15 texts of one token.
        (attempt.GetProperty("state").GetString(), attempt.GetProperty("input_tokens").GetInt32(), attempt.GetProperty("cost_usd").GetDecimal()).ShouldBe(("settled", 15, 0.015m));
    }
}
