using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.Http.Headers;
using Anthropic;
using Anthropic.Core;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;
using Nano.LocalHost.Tests.Governance;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;
using OpenAI;
using OpenAI.Chat;

namespace Nano.LocalHost.Tests.Sdk;

/// <summary>
/// Callers that are refused and use the official .NET SDK with its own retries: it waits as long as <c>Retry-After</c> asks, and reads no header that forbids a retry.
/// </summary>
public sealed class SdkRefusalTests(GovernedGateway gateway) : IClassFixture<GovernedGateway>
{
    private const int Retries = 3;

    /// <summary>The SDK's default policy, without the time that it takes: its waits are noted.</summary>
    private sealed class NotedWaits : ClientRetryPolicy
    {
        public List<TimeSpan> All { get; } = [];

        protected override Task WaitAsync(TimeSpan time, CancellationToken cancellationToken)
        {
            All.Add(time);
            return Task.CompletedTask;
        }
    }

    /// <summary>Notes what the gateway asks for.</summary>
    private sealed class NotedDelays() : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
    {
        public List<RetryConditionHeaderValue?> All { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode) All.Add(response.Headers.RetryAfter);
            return response;
        }
    }

    /// <summary>With the time until the budget renews, the call would return after up to 21 days.</summary>
    [Fact]
    public async Task A_spent_budget_is_an_exception_after_the_short_waits_of_the_sdk()
    {
        var (_, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":0.0001,"window":"month"}]}""");
        var (failure, waits, _) = await FailAsync(key);
        failure!.Status.ShouldBe(429);
        failure.Message.ShouldContain("budget_exceeded");
        waits.Count.ShouldBe(Retries);
        waits.ShouldAllBe(wait => wait < TimeSpan.FromSeconds(60));
    }

    /// <summary>A provider may ask for days as well.</summary>
    [Fact]
    public async Task A_long_wait_of_a_provider_is_an_exception_after_the_short_waits_of_the_sdk()
    {
        gateway.Script([.. Enumerable.Range(0, Retries + 1).Select(_ =>
            UpstreamScript.Json("""{"error":{"message":"Too many requests.","type":"requests","code":"rate_limit_exceeded"}}""", 429).Header("retry-after", "86400"))]);
        var (failure, waits, _) = await FailAsync(GatewayFixture.CallerKey, "openai/gpt-4o");
        failure!.Status.ShouldBe(429);
        waits.ShouldAllBe(wait => wait < TimeSpan.FromSeconds(60));
        gateway.Upstream.Clear();
    }

    [Fact]
    public async Task The_wait_of_a_rate_is_honoured()
    {
        var (_, key) = await gateway.CreateKeyAsync("""{"requests_per_minute":2}""");
        var (waits, asked) = (new List<TimeSpan>(), new List<RetryConditionHeaderValue?>());
        // However slow this machine is: at some time, requests are faster than two per minute.
        while (waits.Count == 0) (_, waits, asked) = await FailAsync(key);
        asked.ShouldAllBe(delay => delay != null && delay.Delta > TimeSpan.Zero && delay.Delta <= TimeSpan.FromSeconds(60));
        for (var i = 0; i < waits.Count; i++) waits[i].ShouldBeGreaterThanOrEqualTo(asked[i]!.Delta!.Value);
    }

    /// <summary>Its default retries: it obeys <c>x-should-retry</c>.</summary>
    [Fact]
    public async Task The_sdk_of_Anthropic_does_not_try_again_when_a_budget_is_spent()
    {
        var (_, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":0.0001,"window":"month"}]}""");
        var delays = new NotedDelays();
        using var http = new HttpClient(delays) { Timeout = gateway.Client.Timeout };
        using var client = new AnthropicClient(new ClientOptions { BaseUrl = gateway.Client.BaseAddress!.ToString().TrimEnd('/'), ApiKey = key, HttpClient = http });
        await Should.ThrowAsync<AnthropicRateLimitException>(() => client.Messages.Create(new()
            { Model = "nano/echo", MaxTokens = 1000, Messages = [new UserMessageParam { Content = "Hello" }] }));
        delays.All.ShouldHaveSingleItem();
    }

    private async Task<(ClientResultException? Failure, List<TimeSpan> Waits, List<RetryConditionHeaderValue?> Asked)> FailAsync(string key, string model = "nano/echo")
    {
        var (waits, delays) = (new NotedWaits(), new NotedDelays());
        using var http = new HttpClient(delays) { Timeout = gateway.Client.Timeout };
        var client = new ChatClient(model, new ApiKeyCredential(key), new OpenAIClientOptions
            { Endpoint = new Uri(gateway.Client.BaseAddress!, "/v1"), RetryPolicy = waits, Transport = new HttpClientPipelineTransport(http) });
        try
        {
            await client.CompleteChatAsync([new UserChatMessage("Hello")], new ChatCompletionOptions { MaxOutputTokenCount = 1000 });
            return (null, waits.All, delays.All);
        }
        catch (ClientResultException e)
        {
            return (e, waits.All, delays.All);
        }
    }
}
