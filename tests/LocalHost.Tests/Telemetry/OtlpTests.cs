using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Nano.LocalHost.Tests.Routing;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Telemetry;

using Responses = Nano.LocalHost.Tests.Routing.Responses;

/// <summary>What a collector receives over OTLP, decoded from the protocol buffers and compared as tables with the names and types of the conventions.</summary>
[Collection(ExportCollection.Name)]
public sealed class OtlpTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c", Caller = "b7ad6b7169203331";

    private static readonly string[] Changing = ["server.port", "nano.request.id", "nano.overhead", "gen_ai.response.time_to_first_chunk"];

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_request_is_a_server_span_with_a_client_span_in_the_callers_trace(string protocol)
    {
        await using var collector = await OtlpReceiver.StartAsync();
        var gateway = await OtlpGateway.StartAsync(collector, protocol);
        await using (gateway)
        {
            gateway.Answer(_ => Responses.Whole());
            (await gateway.ChatAsync("one/m", headers: ("traceparent", $"00-{Trace}-{Caller}-01"))).Status.ShouldBe(HttpStatusCode.OK);
        }
        var spans = collector.Received.Spans.ToList();
        var server = spans.Single(span => span.Kind == "server");
        var client = spans.Single(span => span.Kind == "client");
        (server.Trace, server.Parent, client.Trace, client.Parent).ShouldBe((Trace, Caller, Trace, server.Id));
        server.Table(Changing).ShouldBe("""
            POST /v1/chat/completions | server | unset | 
            gen_ai.operation.name:string=chat
            http.request.method:string=POST
            http.response.status_code:int=200
            http.route:string=/v1/chat/completions
            nano.attempts:int=1
            nano.deployment:string=one/m
            nano.dialect:string=openai-chat
            nano.outcome:string=ok
            nano.overhead:double=*
            nano.request.id:string=*
            """.ReplaceLineEndings("\n"));
        client.Table(Changing).ShouldBe("""
            chat m | client | unset | 
            gen_ai.operation.name:string=chat
            gen_ai.provider.name:string=one
            gen_ai.request.model:string=m
            gen_ai.response.finish_reasons:array=[string=stop]
            gen_ai.response.model:string=served
            gen_ai.usage.input_tokens:int=3
            gen_ai.usage.output_tokens:int=1
            nano.attempt.committed:bool=true
            nano.attempt.kind:string=first
            nano.attempt.sends:int=1
            nano.provider:string=one
            nano.upstream.dialect:string=openai-chat
            server.address:string=127.0.0.1
            server.port:int=*
            """.ReplaceLineEndings("\n"));
        gateway.Upstream.Requests.Single().Headers.ContainsKey("traceparent").ShouldBeFalse();
        collector.Received.Resources.ShouldAllBe(resource => resource.Contains("service.name:string=nano-test") && resource.Contains("deployment.environment.name:string=a b"));
    }

    [Fact]
    public async Task A_stream_has_an_event_at_its_first_token()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var gateway = await OtlpGateway.StartAsync(collector))
        {
            gateway.Answer(_ => Responses.Stream());
            await gateway.ChatAsync("one/m", stream: true);
        }
        collector.Received.Spans.Select(span => (span.Kind, string.Join(',', span.Events))).Order().ShouldBe([("client", "nano.first_token"), ("server", "nano.first_token")]);
        var client = collector.Received.Spans.Single(span => span.Kind == "client");
        (client["gen_ai.request.stream"], client["gen_ai.response.time_to_first_chunk"]?.StartsWith("double=", StringComparison.Ordinal)).ShouldBe(("bool=true", true));
    }

    /// <summary>The system's clock is set forward while a request is open; times of its spans come from the clock that measures it.</summary>
    [Fact]
    public async Task A_clock_that_is_set_changes_no_time_to_the_first_token()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var gateway = await OtlpGateway.StartAsync(collector, configure: builder => builder.Services.AddSingleton<TimeProvider>(new SetClock())))
        {
            gateway.Answer(_ => Responses.Stream());
            await gateway.ChatAsync("one/m", stream: true);
        }
        var first = collector.Received.Spans.Single(span => span.Kind == "client")["gen_ai.response.time_to_first_chunk"].ShouldNotBeNull();
        double.Parse(first["double=".Length..], CultureInfo.InvariantCulture).ShouldBeInRange(0, SetClock.Step.TotalSeconds / 2);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("http/dup,gen_ai_latest_experimental", false)]
    [InlineData("http/dup, gen_ai/dup", true)]
    public async Task The_former_names_are_written_beside_the_current_ones_on_request(string? optIn, bool hasFormer)
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var gateway = await OtlpGateway.StartAsync(collector, more: optIn is null ? null : ("OTEL_SEMCONV_STABILITY_OPT_IN", optIn)))
        {
            gateway.Answer(_ => UpstreamScript.Json("""
                {"id":"m","type":"message","role":"assistant","model":"served","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn",
                "usage":{"input_tokens":3,"output_tokens":1,"cache_creation_input_tokens":7,"cache_read_input_tokens":5} }
                """));
            (await gateway.ChatAsync("fourth/m")).Status.ShouldBe(HttpStatusCode.OK);
        }
        var client = collector.Received.Spans.Single(span => span.Kind == "client");
        (client["gen_ai.provider.name"], client["gen_ai.usage.cache_write.input_tokens"], client["gen_ai.usage.cache_read.input_tokens"])
            .ShouldBe(("string=anthropic", "int=7", "int=5"));
        (client["gen_ai.system"], client["gen_ai.usage.cache_creation.input_tokens"]).ShouldBe(hasFormer ? ("string=anthropic", "int=7") : (null, null));
        var duration = collector.Received.Metrics.Last(metric => metric.Text(1) == "gen_ai.client.operation.duration").Message(9)!.Message(1)!.Attributes(9);
        duration.ShouldContain("gen_ai.provider.name:string=anthropic");
        duration.Contains("gen_ai.system:string=anthropic").ShouldBe(hasFormer);
    }

    [Fact]
    public async Task A_hedge_is_linked_to_the_first_attempt_and_the_loser_is_not_a_failure()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var gateway = await OtlpGateway.StartAsync(collector))
        {
            gateway.Answer(name => name == "one" ? new UpstreamScript().Header("content-type", "text/event-stream").Silence() : Responses.Stream("two"));
            await gateway.ChatAsync("hedged", stream: true);
        }
        var spans = collector.Received.Spans.ToList();
        var (late, hedge) = (spans.Single(span => span["nano.provider"] == "string=one"), spans.Single(span => span["nano.provider"] == "string=two"));
        hedge.Links.Single().ShouldBe((late.Trace, late.Id, hedge.Links[0].Attributes));
        hedge.Links[0].Attributes.ShouldBe(["nano.link.kind:string=hedge_of"]);
        late.Links.ShouldBeEmpty();
        (hedge["nano.attempt.kind"], late["error.type"], late.Status).ShouldBe(("string=hedge", "string=hedge_lost", "unset"));
        hedge.Parent.ShouldBe(late.Parent);
    }

    [Fact]
    public async Task A_retry_follows_a_failed_attempt_and_the_request_succeeds()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var gateway = await OtlpGateway.StartAsync(collector))
        {
            gateway.Answer(name => name == "one" ? Responses.Error(500) : Responses.Whole());
            await gateway.ChatAsync("spare");
        }
        var clients = collector.Received.Spans.Where(span => span.Kind == "client")
            .Select(span => (span["nano.provider"], span["nano.attempt.kind"], span["error.type"], span.Status));
        clients.ShouldBe([("string=one", "string=first", "string=provider_failed", "error"), ("string=two", "string=retry", null, "unset")]);
        var server = collector.Received.Spans.Single(span => span.Kind == "server");
        (server.Status, server["nano.attempts"], server["nano.alias"]).ShouldBe(("unset", "int=2", "string=spare"));
    }

    [Fact]
    public async Task The_usage_record_is_a_log_entry_of_the_trace_with_typed_attributes()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var gateway = await OtlpGateway.StartAsync(collector))
        {
            gateway.Answer(_ => Responses.Whole());
            await gateway.ChatAsync("one/m");
        }
        var (_, record) = collector.Received.Logs.Single(log => log.Scope == "Nano.Usage");
        var server = collector.Received.Spans.Single(span => span.Kind == "server");
        (record.Hex(9), record.Hex(10)).ShouldBe((server.Trace, server.Id));
        var attributes = record.Attributes(6);
        attributes.ShouldContain("gen_ai.usage.input_tokens:int=3");
        attributes.ShouldContain("gen_ai.request.stream:bool=false");
        attributes.ShouldContain("nano.outcome:string=ok");
        attributes.ShouldContain("nano.caller:string=owner");
        attributes.ShouldContain(attribute => attribute.StartsWith("nano.duration_ms:double=", StringComparison.Ordinal));
        record.Message(5)!.Text(1).ShouldContain($"trace={server.Trace}");
    }

    [Fact]
    public async Task Metrics_have_the_conventions_names_units_and_boundaries()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var gateway = await OtlpGateway.StartAsync(collector, more: ("OTEL_METRIC_EXPORT_INTERVAL", "200")))
        {
            // Another gateway in the process, whose instruments have the same names, ends.
            await using (await RoutingGateway.StartAsync("\"models\": {}")) { }
            // A stream that ends in the read in which it begins is measured too.
            gateway.Answer(name => name == "one" ? Responses.Error(503) : UpstreamScript.Sse(Responses.Content("Hi") + Responses.Content(" there") + Responses.End));
            await gateway.ChatAsync("spare", stream: true);
            // Gauges have no value once the gateway has ended.
            await Wait.UntilAsync(() => collector.Received.Metrics.Any(metric => metric.Text(1) == "nano.breaker.open"));
        }
        // The last export has the final values.
        var metrics = collector.Received.Metrics.GroupBy(metric => metric.Text(1)).ToDictionary(group => group.Key, group => group.Last());
        metrics.Select(metric => $"{metric.Key} {metric.Value.Text(3)} {(metric.Value.Has(9) ? "histogram" : metric.Value.Has(7) ? "sum" : "gauge")}").Order(StringComparer.Ordinal)
            .ShouldBe(
        [
            "gen_ai.client.operation.duration s histogram",
            "gen_ai.client.operation.time_per_output_chunk s histogram",
            "gen_ai.client.operation.time_to_first_chunk s histogram",
            "nano.attempts {attempt} sum",
            "nano.breaker.open {breaker} gauge",
            "nano.buffers.used By gauge",
            "nano.deployment.cooling {deployment} gauge",
            "nano.event.overhead s histogram",
            "nano.overhead s histogram",
            "nano.queue.duration s histogram",
            "nano.requests.open {request} gauge",
            "nano.streams.open {stream} sum",
        ]);
        var duration = metrics["gen_ai.client.operation.duration"].Message(9)!.Message(1)!;
        duration.Doubles(7).ShouldBe([0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]);
        duration.Attributes(9).ShouldBe(["gen_ai.operation.name:string=chat", "gen_ai.provider.name:string=two", "gen_ai.request.model:string=other",
            "gen_ai.response.model:string=other"]);
        metrics["nano.attempts"].Message(7)!.Messages(1).Select(point => string.Join(' ', point.Attributes(7))).Order().ShouldBe(
        [
            "gen_ai.provider.name:string=one nano.attempt.kind:string=first nano.attempt.outcome:string=unavailable",
            "gen_ai.provider.name:string=two nano.attempt.kind:string=retry nano.attempt.outcome:string=ok",
        ]);
        ((long)metrics["nano.streams.open"].Message(7)!.Message(1)!.Number(6)).ShouldBe(0);
    }

    [Fact]
    public async Task A_cached_stream_is_open_until_its_end()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var gateway = await OtlpGateway.StartAsync(collector))
        {
            gateway.Answer(_ => Responses.Stream());
            foreach (var result in (string[])["miss", "hit"])
                (await gateway.ChatAsync("one/m", stream: true, ("x-nano-cache", "ttl=600"))).Headers["x-nano-cache"].ShouldBe(result);
        }
        var open = collector.Received.Metrics.Last(metric => metric.Text(1) == "nano.streams.open");
        ((long)open.Message(7)!.Message(1)!.Number(6)).ShouldBe(0);
    }

    [Fact]
    public async Task Only_an_instance_whose_setting_allows_it_is_sent_a_trace_context()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        var gateway = await OtlpGateway.StartAsync(collector);
        await using (gateway)
        {
            gateway.Answer(_ => Responses.Whole());
            await gateway.ChatAsync("traced/m", headers: [("traceparent", $"00-{Trace}-{Caller}-01"), ("tracestate", "vendor=1")]);
        }
        var client = collector.Received.Spans.Single(span => span.Kind == "client");
        var headers = gateway.Upstream.Requests.Single().Headers;
        (headers["traceparent"], headers["tracestate"]).ShouldBe(($"00-{Trace}-{client.Id}-01", "vendor=1"));
    }

    [Fact]
    public async Task A_sampler_that_drops_everything_exports_no_span_and_all_metrics()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var gateway = await OtlpGateway.StartAsync(collector, more: ("OTEL_TRACES_SAMPLER", "always_off")))
        {
            gateway.Answer(_ => Responses.Whole());
            await gateway.ChatAsync("one/m");
        }
        collector.Received.Spans.ShouldBeEmpty();
        collector.Received.Metrics.ShouldContain(metric => metric.Text(1) == "gen_ai.client.operation.duration");
    }

    /// <summary>Each look at the system's time is 10 minutes after the last one; timestamps are real.</summary>
    private sealed class SetClock : TimeProvider
    {
        public static TimeSpan Step { get; } = TimeSpan.FromMinutes(10);

        private long _steps;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Interlocked.Increment(ref _steps) * Step;
    }
}
