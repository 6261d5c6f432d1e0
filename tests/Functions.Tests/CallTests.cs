using System.Net;
using System.Text;
using Nano.Functions.Tests.Hosting;
using Nano.Functions.Tests.Hosting.Rpc;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.Functions.Tests;

/// <summary>Calls through the Functions host: streams, large bodies, callers who leave, providers whose responses break off.</summary>
public sealed class CallTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    private const string Ask = """{"model":"openai/gpt-x","messages":[{"role":"user","content":"Hello"}]}""";
    private const string AskStream = """{"model":"openai/gpt-x","stream":true,"messages":[{"role":"user","content":"Hello"}]}""";
    private const string Answer =
        """{"id":"1","object":"chat.completion","created":1,"model":"gpt-x","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}}""";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_stream_arrives_event_by_event()
    {
        TaskCompletionSource[] seen = [.. Enumerable.Range(0, 4).Select(_ => new TaskCompletionSource())];
        var script = UpstreamScript.Sse();
        // The provider sends each word only when the caller has read the previous one.
        for (var i = 0; i < seen.Length; i++) script = script.Send(Event($"word{i};")).WaitFor(seen[i].Task);
        hosts.Script(script.Send(Event("", "stop")).Send("data: [DONE]\n\n"));

        using var response = await BothHosts.SendAsync(hosts.Functions, BothHosts.Chat(AskStream));
        await using var body = await response.Content.ReadAsStreamAsync();
        var text = new StringBuilder();
        var buffer = new byte[4096];
        for (var i = 0; i < seen.Length; i++)
        {
            while (!text.ToString().Contains($"word{i};", StringComparison.Ordinal))
            {
                var read = await body.ReadAsync(buffer).AsTask().WaitAsync(Patience);
                read.ShouldBePositive(text.ToString());
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
            seen[i].SetResult();
        }
        text.Append(await new StreamReader(body).ReadToEndAsync().WaitAsync(Patience));
        text.ToString().ShouldEndWith("data: [DONE]\n\n");
        (await ResultAsync()).Result.Status.ShouldBe(StatusResult.Types.Status.Success);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_caller_who_leaves_ends_the_call_upstream_and_is_not_a_failure(bool stream)
    {
        hosts.Script(stream ? UpstreamScript.Sse(Event("first;")).Silence() : new UpstreamScript().Silence());
        using (var leaving = new CancellationTokenSource())
        {
            var sending = BothHosts.SendAsync(hosts.Functions, BothHosts.Chat(stream ? AskStream : Ask), leaving.Token);
            if (stream) (await sending.WaitAsync(Patience)).Dispose();
            await BothHosts.SoonAsync(() => hosts.Upstream.Requests.FirstOrDefault());
            await leaving.CancelAsync();
            if (!stream) await Should.ThrowAsync<OperationCanceledException>(sending);
        }
        await hosts.Upstream.Request.ClientLeft.WaitAsync(Patience);

        (await ResultAsync()).Result.Status.ShouldBe(StatusResult.Types.Status.Success);
        (await UsageAsync()).ShouldContain("CallerGone");
        hosts.Logs.Where(log => log.Level >= 3).Select(log => log.Message).ShouldBeEmpty();
        // The host itself counts the call as failed. Its result (a request in Application Insights) is the only exception that it keeps.
        hosts.HostLogs.Where(log => log.HasException).Select(log => log.Category).ShouldBe(["Host.Results"]);
    }

    [Fact]
    public async Task A_body_of_20_MB_passes()
    {
        var text = new string('x', 20_000_000);
        var reply = await hosts.ChatAsync(Ask.Replace("Hello", text), UpstreamScript.Json(Answer));
        reply.Status.ShouldBe(HttpStatusCode.OK, reply.Text);
        hosts.Upstream.Request.Body.Length.ShouldBeGreaterThan(text.Length);
    }

    [Fact]
    public async Task A_body_over_30_MB_and_under_the_gateways_limit_passes()
    {
        var reply = await hosts.ChatAsync(Ask.Replace("Hello", new string('x', 31_000_000)), UpstreamScript.Json(Answer));
        reply.Status.ShouldBe(HttpStatusCode.OK, reply.Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_of_40_MB_is_the_gateways_own_413(bool announced)
    {
        hosts.Script();
        var told = new List<string>();
        foreach (var client in new[] { hosts.Local, hosts.Functions })
        {
            using var request = BothHosts.Chat(Ask.Replace("Hello", new string('x', 40_000_000)));
            if (!announced) request.Headers.TransferEncodingChunked = true;
            using var response = await BothHosts.SendAsync(client, request);
            var reply = await GatewayReply.ReadAsync(response);
            reply.Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
            told.Add(reply.Error().GetProperty("message").GetString()!);
        }
        told[1].ShouldContain("MAX_REQUEST_BYTES");
        told[1].ShouldBe(told[0]);
        (await ResultAsync()).Result.Status.ShouldBe(StatusResult.Types.Status.Success);
    }

    [Fact]
    public async Task A_whole_response_that_breaks_off_does_not_look_complete()
    {
        hosts.Script(UpstreamScript.Json(Answer[..50]).Header("content-length", $"{Answer.Length}").Cut());
        using var response = await BothHosts.SendAsync(hosts.Functions, BothHosts.Chat(Ask));
        var reply = await GatewayReply.ReadAsync(response);
        (reply.IsBroken || (int)reply.Status >= 500).ShouldBeTrue($"{reply.Status}: {reply.Text}");
    }

    [Fact]
    public async Task A_stream_that_breaks_off_ends_with_an_error()
    {
        var reply = await hosts.ChatAsync(AskStream, UpstreamScript.Sse(Event("first;")).Cut());
        reply.Error().GetProperty("code").GetString().ShouldBe("provider_stream_broken");
        reply.Text.ShouldNotContain("[DONE]");
        // Clients that ignore error events detect only a broken connection.
        reply.IsBroken.ShouldBeTrue();
        (await ResultAsync()).Result.Status.ShouldBe(StatusResult.Types.Status.Success);
    }

    [Fact]
    public async Task Streams_that_fail_at_the_same_time_all_get_their_error_and_break_off()
    {
        var failing = Enumerable.Range(0, 16).ToArray();
        var failure = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        hosts.Script([.. failing.Select(_ => UpstreamScript.Sse(Event("first;")).WaitFor(failure.Task).Send(Event("second;")).Cut())]);
        var responses = await Task.WhenAll(failing.Select(_ => BothHosts.SendAsync(hosts.Functions, BothHosts.Chat(AskStream))));
        failure.SetResult();
        foreach (var reply in await Task.WhenAll(responses.Select(response => GatewayReply.ReadAsync(response))))
        {
            reply.Text.ShouldContain("second;");
            reply.Error().GetProperty("code").GetString().ShouldBe("provider_stream_broken");
            reply.IsBroken.ShouldBeTrue();
        }
        foreach (var response in responses) response.Dispose();
    }

    [Fact]
    public async Task Headers_of_the_platform_and_the_caller_are_not_forwarded()
    {
        // Without x-ms-invocation-id: a caller who sends one gets no response from the gateway (Azure/azure-functions-host#10934).
        string[] platform =
        [
            "x-ms-request-id", "x-ms-client-principal", "x-ms-client-principal-id", "x-ms-client-principal-name", "x-arr-log-id", "x-arr-ssl",
            "x-site-deployment-id", "x-appservice-proto", "x-waws-unencoded-url", "disguised-host", "was-default-hostname", "client-ip", "x-client-ip", "x-client-port",
            "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-tlsversion", "x-original-for", "x-original-host", "x-original-proto", "x-original-url",
            "max-forwards", "x-functions-key", "x-zumo-auth", "traceparent", "tracestate", "request-id", "correlation-context", "cookie", "via", "x-api-key", "api-key",
        ];
        var sent = new List<string[]>();
        foreach (var client in new[] { hosts.Local, hosts.Functions })
        {
            hosts.Script(UpstreamScript.Json(Answer));
            using var request = BothHosts.Chat(Ask);
            foreach (var name in platform)
                request.Headers.TryAddWithoutValidation(name, name is "traceparent" ? "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" : "forged").ShouldBeTrue(name);
            using var response = await BothHosts.SendAsync(client, request);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Headers.Select(header => header.Key.ToLowerInvariant()).Intersect(platform).ShouldBeEmpty();
            hosts.Upstream.Request.Headers.Keys.ShouldNotContain("x-ms-invocation-id");
            sent.Add([.. hosts.Upstream.Request.Headers.Keys.Order(StringComparer.Ordinal)]);
            hosts.Upstream.Request.Headers.Values.ShouldNotContain(value => value.Contains("forged"));
        }
        sent[1].ShouldBe(sent[0]);
        sent[1].Intersect(platform).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_usage_record_is_a_line_of_the_calls_own_log()
    {
        var reply = await hosts.ChatAsync(Ask, UpstreamScript.Json(Answer));
        reply.Status.ShouldBe(HttpStatusCode.OK);
        (await UsageAsync()).ShouldContain("gpt-x");
        var result = await ResultAsync();
        var line = hosts.Logs.Single(log => log.Category == "Nano.Usage");
        (line.Level, line.LogCategory, line.InvocationId).ShouldBe((2, 0, result.InvocationId));
        // One call costs one line: each line is sent to the host, which keeps it or not.
        hosts.Logs.Where(log => log.LogCategory == 0).Select(log => $"{log.Category}: {log.Message}").ShouldHaveSingleItem();
    }

    /// <summary>A record that the host's filter drops is usage that no one can bill: each function's records have to pass.</summary>
    [Theory]
    [InlineData(Ask)]
    [InlineData(AskStream)]
    public async Task The_host_keeps_the_usage_record_of_a_chat(string request)
    {
        await hosts.ChatAsync(request, request == Ask ? UpstreamScript.Json(Answer) : UpstreamScript.Sse(Event("word;"), Event("", "stop"), "data: [DONE]\n\n"));
        (await ResultAsync()).Function.ShouldBe("ChatCompletions");
        hosts.HostLogs.Where(log => log.Message.StartsWith("usage id=", StringComparison.Ordinal)).Select(log => log.Category).ShouldBe(["Function.ChatCompletions.User"]);
    }

    private Task<Invocation> ResultAsync() => BothHosts.SoonAsync(() => hosts.Results.FirstOrDefault());

    private async Task<string> UsageAsync() => (await BothHosts.SoonAsync(() => hosts.Logs.FirstOrDefault(log => log.Category == "Nano.Usage"))).Message;

    private static string Event(string text, string? finish = null) =>
        $$$"""data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"gpt-x","choices":[{"index":0,"delta":{"content":"{{{text}}}"},"finish_reason":{{{(finish is null ? "null" : $"\"{finish}\"")}}}}]}""" + "\n\n";
}
