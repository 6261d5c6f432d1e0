using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Nano.Inbound;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Telemetry;

using Responses = Nano.LocalHost.Tests.Routing.Responses;

/// <summary>One fact has one value: in spans, in metrics and in the usage record that a collector receives over OTLP.</summary>
[Collection(ExportCollection.Name)]
public sealed class OtlpValueTests
{
    /// <summary>Before the first content and after it: neither is an error of the provider.</summary>
    [Theory]
    [InlineData("one/m", false)]
    [InlineData("one/m", true)]
    [InlineData("spare", false)]
    [InlineData("spare", true)]
    public async Task A_stop_ends_an_attempt_and_is_not_its_providers_error(string model, bool hasContent)
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var gateway = await OtlpGateway.StartAsync(collector))
        {
            gateway.Answer(_ => hasContent ? UpstreamScript.Sse(Responses.Content("Hi")).Silence() : new UpstreamScript().Header("content-type", "text/event-stream").Silence());
            var open = gateway.ChatAsync(model, stream: true);
            await Wait.UntilAsync(() => gateway.Upstream.Requests.Count == 1);
            gateway.Services.GetRequiredService<Gateway>().StopNow();
            var stopping = gateway.StopAsync();
            (await open).Error().GetProperty("code").GetString().ShouldBe("gateway_stopped");
            await stopping;
        }
        var client = collector.Received.Spans.Single(span => span.Kind == "client");
        client["error.type"].ShouldBe("string=gateway_stopped");
        collector.Received.Metrics.Last(metric => metric.Text(1) == "nano.attempts").Message(7)!.Message(1)!.Attributes(7)
            .ShouldBe(["gen_ai.provider.name:string=one", "nano.attempt.kind:string=first", "nano.attempt.outcome:string=gateway"]);
    }

    /// <summary>A model that is named directly has no plan that reacts to its failure.</summary>
    [Theory]
    [InlineData("one/m")]
    [InlineData("spare")]
    public async Task A_failure_has_one_outcome_with_a_plan_and_without_one(string model)
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var gateway = await OtlpGateway.StartAsync(collector))
        {
            gateway.Answer(name => name == "one" ? Responses.Error(429, "slow_down") : Responses.Whole());
            await gateway.ChatAsync(model);
        }
        collector.Received.Metrics.Last(metric => metric.Text(1) == "nano.attempts").Message(7)!.Messages(1).Select(point => string.Join(' ', point.Attributes(7)))
            .ShouldContain("gen_ai.provider.name:string=one nano.attempt.kind:string=first nano.attempt.outcome:string=rate_limit");
    }

    /// <summary>A converted response, a failure, a request that was sent twice within an attempt, and one after which the caller got the second response.</summary>
    [Theory]
    [InlineData("fourth/m", 200)]
    [InlineData("one/m", 429)]
    [InlineData("fifth/m", 502)]
    [InlineData("reach", 200)]
    public async Task An_attribute_of_spans_and_of_the_usage_record_has_one_value(string model, int status)
    {
        await using var collector = await OtlpReceiver.StartAsync();
        using var closed = new ClosedPort();
        await using (var gateway = await OtlpGateway.StartAsync(collector, closed: closed.Address))
        {
            gateway.Answer(name => name switch
            {
                "one" => Responses.Error(429, "insufficient_quota"),
                "fourth" => UpstreamScript.Json("""
                    {"id":"m","type":"message","role":"assistant","model":"served","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1} }
                    """),
                _ => Responses.Whole(),
            });
            ((int)(await gateway.ChatAsync(model)).Status).ShouldBe(status);
        }
        var record = Values(collector.Received.Logs.Single(log => log.Scope == "Nano.Usage").Record.Attributes(6));
        var spans = collector.Received.Spans.ToList();
        var server = Values(spans.Single(span => span.Kind == "server").Attributes);
        var client = Values(spans.Last(span => span.Kind == "client").Attributes);
        foreach (var span in (Dictionary<string, string>[])[server, client])
        {
            var both = span.Keys.Intersect(record.Keys).Order().ToList();
            both.Count.ShouldBeGreaterThan(3);
            both.ConvertAll(name => $"{name}:{span[name]}").ShouldBe(both.ConvertAll(name => $"{name}:{record[name]}"));
        }
        record.ContainsKey("error.type").ShouldBe(status != 200);
        if (model == "reach") (server["nano.attempts"], record["nano.sends"]).ShouldBe(("int=2", "int=3"));
        if (model == "one/m") (record["error.type"], record["nano.error.code"]).ShouldBe(("string=provider_limited", "string=insufficient_quota"));

        static Dictionary<string, string> Values(List<string> attributes) =>
            attributes.ToDictionary(attribute => attribute[..attribute.IndexOf(':')], attribute => attribute[(attribute.IndexOf(':') + 1)..]);
    }

    public static TheoryData<string, string, bool> Paths
    {
        get
        {
            var paths = new TheoryData<string, string, bool>();
            foreach (var caller in (string[])["chat", "gemini"])
                foreach (var provider in (string[])["one", "gem"])
                    foreach (var stream in (bool[])[false, true]) paths.Add(caller, provider, stream);
            return paths;
        }
    }

    /// <summary>In the order of their indexes, whichever ends first; the usage record has the reason of the first choice, and a captured message its own.</summary>
    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Each_choice_has_its_finish_reason(string caller, string provider, bool stream)
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var gateway = await OtlpGateway.StartAsync(collector, more: ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true")))
        {
            gateway.Answer(name => TwoChoices(name, stream));
            using var response = caller == "chat"
                ? await gateway.SendAsync($$"""{"model":"{{provider}}/m","n":2,"stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"Hello"}]}""")
                : await gateway.Client.PostAsync(new Uri($"/v1beta/models/{provider}/m:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}", UriKind.Relative),
                    new StringContent("""{"contents":[{"role":"user","parts":[{"text":"Hello"}]}],"generationConfig":{"candidateCount":2}}"""));
            (await response.Content.ReadAsStringAsync()).ShouldContain("secon", customMessage: ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture));
        }
        collector.Received.Spans.Single(span => span.Kind == "client")["gen_ai.response.finish_reasons"].ShouldBe("array=[string=stop,string=length]");
        collector.Received.Logs.Single(log => log.Scope == "Nano.Usage").Record.Attributes(6).ShouldContain("nano.finish:string=stop");
        collector.Received.Spans.Single(span => span.Kind == "server")["gen_ai.output.messages"].ShouldBe("string=["
            + """{"role":"assistant","parts":[{"type":"text","content":"first"}],"finish_reason":"stop"},"""
            + """{"role":"assistant","parts":[{"type":"text","content":"second"}],"finish_reason":"length"}]""");
    }

    /// <summary>The second choice ends first in a stream, and is named last in a whole response.</summary>
    private static UpstreamScript TwoChoices(string provider, bool stream)
    {
        (int Index, string Text, string Chat, string Gemini)[] choices = [(0, "first", "stop", "STOP"), (1, "second", "length", "MAX_TOKENS")];
        var isChat = provider == "one";
        var parts = choices.Select(choice => (isChat, stream) switch
        {
            (true, true) => $$$"""{"index":{{{choice.Index}}},"delta":{"role":"assistant","content":"{{{choice.Text}}}"},"finish_reason":"{{{choice.Chat}}}"}""",
            (true, false) => $$$"""{"index":{{{choice.Index}}},"message":{"role":"assistant","content":"{{{choice.Text}}}"},"finish_reason":"{{{choice.Chat}}}"}""",
            _ => $$$"""{"index":{{{choice.Index}}},"content":{"role":"model","parts":[{"text":"{{{choice.Text}}}"}]},"finishReason":"{{{choice.Gemini}}}"}""",
        }).ToList();
        if (!stream) return UpstreamScript.Json(Response(string.Join(',', parts)));
        parts.Reverse();
        return UpstreamScript.Sse([.. parts.Select(part => $"data: {Response(part)}\n\n"), .. isChat ? (string[])["data: [DONE]\n\n"] : []]);

        string Response(string some) => isChat
            ? $$"""{"id":"c","object":"chat.completion{{(stream ? ".chunk" : "")}}","created":1,"model":"m","choices":[{{some}}]}"""
            : $$"""{"candidates":[{{some}}],"modelVersion":"m","responseId":"r"}""";
    }

    [Fact]
    public async Task A_cached_stream_adds_neither_tokens_nor_a_time_to_the_first_token()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var gateway = await OtlpGateway.StartAsync(collector))
        {
            gateway.Answer(_ => UpstreamScript.Sse(Responses.Content("Hi"),
                "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,\"total_tokens\":4}}\n\n",
                Responses.End));
            foreach (var result in (string[])["miss", "hit"])
                (await gateway.ChatAsync("one/m", stream: true, ("x-nano-cache", "ttl=600"))).Headers["x-nano-cache"].ShouldBe(result);
        }
        Points("gen_ai.client.token.usage", 9).ShouldBe([1, 1], "input and output");
        Points("gen_ai.client.operation.time_to_first_chunk", 9).ShouldBe([1]);
        Points("gen_ai.client.operation.duration", 9).ShouldBe([1, 1]);
        Last("gen_ai.client.operation.duration").Message(9)!.Messages(1).Count(point => point.Attributes(9).Contains("nano.cache:string=hit")).ShouldBe(1);
        Last("nano.tokens").Message(7)!.Messages(1).Select(point => (long)point.Number(6)).Order().ShouldBe([1, 3]);
        var hit = collector.Received.Logs.Select(log => log.Record.Attributes(6)).Single(record => record.Contains("nano.cache:string=hit"));
        hit.ShouldContain("gen_ai.usage.input_tokens:int=3");
        var first = hit.Single(attribute => attribute.StartsWith("nano.first_token_ms:double=", StringComparison.Ordinal));
        double.Parse(first.Split('=')[1], CultureInfo.InvariantCulture).ShouldBeGreaterThan(0);

        ProtoMessage Last(string name) => collector.Received.Metrics.Last(metric => metric.Text(1) == name);
        IEnumerable<long> Points(string name, int kind) => Last(name).Message(kind)!.Messages(1).Select(point => (long)point.Number(4));
    }
}
