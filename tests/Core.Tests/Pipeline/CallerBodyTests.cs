using System.Net;
using System.Text;
using Nano.Dialects;
using Nano.Errors;
using Nano.Inbound;
using Nano.Routing;

namespace Nano.Tests.Pipeline;

/// <summary>When white space is sent to a caller that requests keep-alives, by the clock.</summary>
public sealed class CallerBodyTests
{
    private const string Ask = """{"model":"m","messages":[{"role":"user","content":"Hello"}]}""";
    private const string Whole =
        """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}""";

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);
    private static readonly DialectSet Dialects = new();
    private static readonly IInboundApi Chat = new InboundApis(Dialects).OpenAIChat;

    [Fact]
    public async Task White_space_is_sent_after_each_silence_until_the_response_arrives()
    {
        await using var harness = new AttemptHarness();
        var provider = new WaitingTransport();
        var running = RunAsync(harness, provider, "true");
        await provider.Asked;

        harness.Time.Advance(Silence - TimeSpan.FromSeconds(1));
        harness.Sent.ShouldBe("");
        harness.Time.Advance(TimeSpan.FromSeconds(1));
        await SentAsync(harness, "\n");
        // Four minutes: longer than the 230 seconds after which Azure's front end closes a silent connection.
        for (var i = 2; i <= 16; i++)
        {
            harness.Time.Advance(Silence);
            await SentAsync(harness, new string('\n', i));
        }
        provider.Respond(Whole);

        (await running).ShouldBeNull();
        harness.Sent.ShouldBe(new string('\n', 16) + Whole);
        harness.Record!.KeepAlives.ShouldBe(16);
    }

    [Theory]
    [InlineData("false")]
    [InlineData("")]
    public async Task Nothing_is_sent_before_the_response_if_the_caller_does_not_request_it(string header)
    {
        await using var harness = new AttemptHarness();
        var provider = new WaitingTransport();
        var running = RunAsync(harness, provider, header);
        await provider.Asked;
        harness.Time.Advance(TimeSpan.FromMinutes(4));
        provider.Respond(Whole);

        (await running).ShouldBeNull();
        harness.Sent.ShouldBe(Whole);
        harness.Record!.KeepAlives.ShouldBe(0);
        harness.Context.Response.Headers.ContentLength.ShouldBe(Whole.Length);
    }

    private static Task<GatewayError?> RunAsync(AttemptHarness harness, WaitingTransport provider, string header) =>
        harness.RunAsync(Chat, Ask, RoutePlan.Of(AttemptHarness.Deploy("first", Dialects.OpenAIChat, provider)), ("x-nano-keep-alive", header));

    private static async Task SentAsync(AttemptHarness harness, string expected)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (harness.Sent != expected) await Task.Delay(2, limit.Token);
    }

    /// <summary>Responds when the test completes it.</summary>
    private sealed class WaitingTransport : HttpMessageHandler
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<string> _body = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public void Respond(string body) => _body.SetResult(body);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _asked.SetResult();
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(await _body.Task.WaitAsync(cancellationToken), Encoding.UTF8, "application/json") };
        }
    }
}
