using System.Text;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Routing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Telemetry;

using Responses = Nano.LocalHost.Tests.Routing.Responses;

/// <summary>
/// Texts of requests and responses in exports: only if the operator asks for them, cut short, and never a key. Planted values are
/// searched for in everything that a collector receives: spans, metrics and log entries.
/// </summary>
[Collection(ExportCollection.Name)]
public sealed class ContentCaptureTests
{
    private const string Prompt = "planted-prompt-7461", Answer = "planted-answer-9923";

    /// <summary>The form of a response: from the provider, for the caller, and whether it is cut off.</summary>
    public static TheoryData<string, bool> Forms { get; } = new()
    {
        { "whole", false },
        { "stream", true },
        { "stream without an end", true },
        { "whole for a stream", true },
        { "cached", false },
        { "cached as a stream", true },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task By_default_no_content_of_a_request_or_response_is_exported(string form, bool stream)
    {
        foreach (var capture in (string?[])[null, "false", "EVENT_ONLY"])
        {
            var (everything, _, _) = await RunAsync(form, stream, capture);
            everything.ShouldNotContain(Prompt, Case.Sensitive, capture);
            everything.ShouldNotContain(Answer, Case.Sensitive, capture);
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task On_request_of_the_operator_texts_are_exported_cut_short_and_without_keys(string form, bool stream)
    {
        foreach (var capture in (string[])["true", "SPAN_ONLY", "SPAN_AND_EVENT"])
        {
            var (everything, input, output) = await RunAsync(form, stream, capture);
            input.ShouldContain(Prompt);
            input.ShouldContain("my key is [key]");
            output.ShouldContain(Answer);
            output.ShouldContain("your key is [key]");
            output.ShouldStartWith("string=[{\"role\":\"assistant\",\"parts\":[{\"type\":\"text\",\"content\":\"" + Answer);
            (input.Length, output.Length).ShouldBe((Math.Min(input.Length, 1200), Math.Min(output.Length, 1200)));
            if (!form.EndsWith("end", StringComparison.Ordinal)) output.ShouldEndWith("\"finish_reason\":\"stop\"}]");
            everything.Length.ShouldBeLessThan(80_000);
        }
    }

    /// <returns>Everything that was exported, and the messages of the last request's server span.</returns>
    private static async Task<(string Everything, string Input, string Output)> RunAsync(string form, bool stream, string? capture)
    {
        await using var collector = await OtlpReceiver.StartAsync();
        var more = new List<(string, string)> { ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Grpc), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc") };
        if (capture is not null) more.Add(("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", capture));
        await using (var gateway = await RoutingGateway.StartAsync("\"models\": {}", more: [.. more]))
        {
            var isCached = form.StartsWith("cached", StringComparison.Ordinal);
            // Which provider's key an entry of the cache might quote is not known any more.
            var quoted = isCached ? "none" : GatewayFixture.ProviderKey("one");
            var answer = $"{Answer} your key is {GatewayFixture.CallerKey} mine is {quoted} {new string('x', 100_000)}";
            gateway.Answer(_ => form switch
            {
                "stream" => Responses.Stream(answer),
                "stream without an end" => UpstreamScript.Sse(Responses.Content(answer)).Cut(),
                _ => Responses.Whole(answer),
            });
            var prompt = $"{Prompt} my key is {GatewayFixture.CallerKey} {new string('x', 100_000)}";
            var request = $$"""{"model":"one/m","messages":[{"role":"user","content":"{{prompt}}"}]{{(stream ? ",\"stream\":true" : "")}}}""";
            for (var i = 0; i < (isCached ? 2 : 1); i++)
            {
                using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(request, Encoding.UTF8, "application/json") };
                message.Headers.Authorization = new("Bearer", GatewayFixture.CallerKey);
                if (isCached) message.Headers.Add("x-nano-cache", "ttl=600");
                using var response = await gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
                if (isCached) response.Headers.GetValues("x-nano-cache").Single().ShouldBe(i == 0 ? "miss" : "hit");
                try
                {
                    (await response.Content.ReadAsStringAsync()).ShouldContain(Answer);
                }
                catch (Exception e) when (form.EndsWith("end", StringComparison.Ordinal) && e is HttpRequestException or IOException)
                {
                    // The gateway breaks the connection as well.
                }
            }
        }
        var everything = string.Concat(collector.Received.Bodies.Select(body => Encoding.UTF8.GetString(body.Body)));
        everything.ShouldContain("gen_ai.provider.name");
        foreach (var secret in (string[])[GatewayFixture.CallerKey, "do-not-leak"]) everything.ShouldNotContain(secret);
        var server = collector.Received.Spans.Last(span => span.Kind == "server");
        return (everything, server["gen_ai.input.messages"] ?? "", server["gen_ai.output.messages"] ?? "");
    }
}
