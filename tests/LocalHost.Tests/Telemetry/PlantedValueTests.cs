using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Routing;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Telemetry;

using Responses = Nano.LocalHost.Tests.Routing.Responses;

/// <summary>
/// Everything that leaves the process, searched for planted keys and texts: spans, metrics and log entries over OTLP and to Azure Monitor, the log, <c>/metrics</c>,
/// error bodies and headers, the panel's API, usage reports and exports, and the requests to providers.
/// </summary>
[Collection(ExportCollection.Name)]
public sealed class PlantedValueTests
{
    private const string Prompt = "planted-prompt-7461", Answer = "planted-answer-9923", Reasoning = "planted-reasoning-3314", Argument = "planted-argument-5587",
        Wrong = "planted-wrong-key-8842-0123456789", CollectorKey = "planted-collector-key-1177";

    private static readonly string[] Texts = [Prompt, Answer, Reasoning, Argument];

    private static readonly string Whole =
        $$$"""{"id":"c","object":"chat.completion","created":1,"model":"served","choices":[{"index":0,"message":{"role":"assistant","content":"{{{Answer}}}","reasoning_content":"{{{Reasoning}}}","tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{\"a\":\"{{{Argument}}}\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}""";

    /// <summary>The response of a provider that quotes its key and the prompt.</summary>
    private static string Quoting(string provider) =>
        $$"""{"error":{"message":"{{Key(provider)}} may not ask {{Prompt}}","type":"{{Key(provider)}}","code":"{{Key(provider)}}","param":"{{Key(provider)}}"} }""";

    private static string Key(string provider) => GatewayFixture.ProviderKey(provider);

    [Fact]
    public async Task No_key_leaves_the_process_and_no_text_is_in_telemetry_or_reports()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        using var folder = new TemporaryFolder("nano-planted");
        var (replies, reports, minted) = (new StringBuilder(), new StringBuilder(), new List<string>());
        string upstream, log, metrics;
        var models = 0;
        await using (var gateway = await RoutingGateway.StartAsync("""
            "models": { "spare": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ] } }
            """, more:
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Http), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=" + CollectorKey),
            ("APPLICATIONINSIGHTS_CONNECTION_STRING", $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={collector.Http}/"),
            ("APPLICATIONINSIGHTS_STATSBEAT_DISABLED", "true"), ("METRICS_ENDPOINT", "key"), ("ACCEPT_KEY_IN_URL", "1"),
            ("STATE_STORE", "sqlite:" + Path.Combine(folder.FullName, "state.db")), ("STATE_TIMEOUT_MILLISECONDS", "60000"),
        ]))
        {
            minted.Add(await MintAsync("/api/keys", """{"name":"planted","organization":"planted"}""", "key"));
            minted.Add(await MintAsync("/api/providers/one/session", "{}", "token"));
            foreach (var key in (string[])[GatewayFixture.CallerKey, .. minted])
            {
                await AskAsync(200, key, UpstreamScript.Json(Whole));
                await AskAsync(200, key, UpstreamScript.Sse(Responses.Content(Answer), Responses.End), stream: true);
                await AskAsync(200, key, UpstreamScript.Json(Whole), "/v1/messages", "\"max_tokens\":64,");
                await AskAsync(200, key, UpstreamScript.Json(Whole), "/v1/responses", input: $"\"input\":\"{Prompt}\"");
                await AskAsync(200, "", UpstreamScript.Json(Whole), $"/v1beta/models/one/m:generateContent?key={key}", input: Contents, named: false);
                await AskAsync(400, key, UpstreamScript.Json(Quoting("one"), 400));
                await AskAsync(502, key, UpstreamScript.Json(Quoting("one"), 401));
                await AskAsync(502, key, UpstreamScript.Json(Quoting("one"), 403));
                await AskAsync(502, key, UpstreamScript.Json(Quoting("one"), 500));
                // An error that arrives together with the content before it is the whole response.
                await AskAsync(null, key, UpstreamScript.Sse(Responses.Content(Answer), $"data: {Quoting("one")}\n\n"), stream: true);
                await AskAsync(null, key, UpstreamScript.Sse(Responses.Content(Answer), "data: {\"choices\": [ " + Prompt + "\n\n"), stream: true);
                await AskAsync(502, key, UpstreamScript.Json($"<html>{Key("one")} {Answer}"));
                await AskAsync(400, key, UpstreamScript.Json(Whole), "/v1/messages", "\"max_tokens\":64,", $"\"messages\":\"{Prompt}\"");
                await AskAsync(400, key, UpstreamScript.Json(Whole), input: $"\"messages\":[{{\"role\":\"user\",\"content\":\"{Prompt}\"}}");
            }
            await AskAsync(401, Wrong, UpstreamScript.Json(Whole));
            await AskAsync(401, "", UpstreamScript.Json(Whole), $"/v1beta/models/one/m:generateContent?key={Wrong}", named: false);
            gateway.Answer(name => name == "one" ? UpstreamScript.Json(Quoting("one"), 503) : UpstreamScript.Json(Quoting("two"), 503));
            await SendAsync(503, GatewayFixture.CallerKey, "/v1/chat/completions", Ask("spare"));
            gateway.Answer(_ => UpstreamScript.Json(Whole));
            foreach (var result in (string[])["miss", "hit"])
                (await SendAsync(200, GatewayFixture.CallerKey, "/v1/chat/completions", Ask("two/m"), "x-nano-cache: ttl=600")).ShouldContain("x-nano-cache: " + result);
            minted.Add(await SignInAsync());
            foreach (var path in (string[])["/api/activity", "/api/usage?group_by=key,model", "/api/usage/export?organization=planted", "/api/keys",
                "/api/policies", "/api/budgets", "/api/deployments", "/api/providers", "/api/models", "/readyz", "/healthz", "/v1/models", "/access"])
            {
                using var response = await gateway.Client.GetAsync(path);
                ((int)response.StatusCode).ShouldBe(200, path);
                reports.Append(path).Append('\n').Append(response.Headers).Append(await response.Content.ReadAsStringAsync()).Append('\n');
            }
            metrics = await gateway.Client.GetStringAsync("/metrics");
            log = string.Join('\n', gateway.Usage.Lines);
            upstream = string.Join('\n', gateway.Upstream.Requests.Select(request =>
                $"{request.Target}\n{string.Join('\n', request.Headers.Select(header => $"{header.Key}: {header.Value}"))}\n{request.BodyText}"));

            async Task<string> MintAsync(string path, string body, string member)
            {
                using var response = await gateway.Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
                ((int)response.StatusCode).ShouldBe(201, path);
                return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty(member).GetString()!;
            }

            async Task<string> SignInAsync()
            {
                using var body = new StringContent($$"""{"key":"{{GatewayFixture.CallerKey}}"}""", Encoding.UTF8, "application/json");
                using var response = await gateway.Client.PostAsync("/api/session", body);
                return response.EnsureSuccessStatusCode().Headers.GetValues("Set-Cookie").First().Split(';')[0].Split('=', 2)[1];
            }

            // A model of its own for each request: a failure does not affect the next one.
            Task<string> AskAsync(int? status, string key, UpstreamScript script, string path = "/v1/chat/completions", string more = "", string? input = null,
                bool named = true, bool stream = false)
            {
                gateway.Answer(_ => script);
                return SendAsync(status, key, path, $"{{{(named ? $"\"model\":\"one/m{models++}\"," : "")}{more}{(stream ? "\"stream\":true," : "")}{input ?? Messages}}}");
            }

            async Task<string> SendAsync(int? status, string key, string path, string body, string? header = null)
            {
                using var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
                if (key.Length > 0) message.Headers.Authorization = new("Bearer", key);
                // An own Authorization header of the client would name the administrator.
                else gateway.Client.DefaultRequestHeaders.Authorization = null;
                if (header is not null) message.Headers.TryAddWithoutValidation(header.Split(": ")[0], header.Split(": ")[1]);
                using var response = await gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
                gateway.Client.DefaultRequestHeaders.Authorization = new("Bearer", GatewayFixture.CallerKey);
                var reply = await GatewayReply.ReadAsync(response);
                ((int)reply.Status).ShouldBeOneOf(status is { } one ? [one] : [200, 502], $"{path} {body}: {reply.Text}");
                var text = $"{string.Join('\n', reply.Headers.Select(pair => $"{pair.Key}: {pair.Value}"))}\n{reply.Text}\n";
                replies.Append(text);
                return text;
            }
        }
        var exports = collector.Received.Bodies.GroupBy(body => body.Path)
            .ToDictionary(group => group.Key, group => string.Concat(group.Select(body => Encoding.UTF8.GetString(body.Body))));
        Seen(Export("/v1/traces"), "gen_ai.provider.name");
        Seen(Export("/v1/metrics"), "gen_ai.client.operation.duration");
        Seen(Export("/v1/logs"), "usage id=");
        Seen(Export("track"), "RemoteDependencyData");
        Seen(metrics, "gen_ai_client_operation_duration_seconds_bucket");
        Seen(log, "usage id=");
        Seen(reports.ToString(), "\"request_id\"");
        Seen(replies.ToString(), "[key]", "provider_auth_failed", Answer);
        Seen(upstream, Key("one"), Prompt);

        string[] callers = [GatewayFixture.CallerKey, Wrong, CollectorKey, .. minted], providers = [Key("one"), Key("two")];
        minted.Count.ShouldBe(3);
        foreach (var (where, text) in exports.Select(pair => (pair.Key, pair.Value)).Concat([("metrics", metrics), ("the log", log), ("reports", reports.ToString())]))
            Absent(where, text, [.. callers, .. providers, .. Texts]);
        Absent("replies", replies.ToString(), [.. callers, .. providers]);
        Absent("requests to providers", upstream, callers);

        string Export(string path) => exports.Single(pair => pair.Key.EndsWith(path, StringComparison.Ordinal)).Value;
    }

    private static string Messages => $"\"messages\":[{{\"role\":\"user\",\"content\":\"{Prompt}\"}}]";

    private static string Contents => $"\"contents\":[{{\"role\":\"user\",\"parts\":[{{\"text\":\"{Prompt}\"}}]}}]";

    private static string Ask(string model) => $"{{\"model\":\"{model}\",{Messages}}}";

    private static void Seen(string text, params string[] values)
    {
        foreach (var value in values) text.Contains(value, StringComparison.Ordinal).ShouldBeTrue($"nothing contains '{value}'");
    }

    private static void Absent(string where, string text, string[] values)
    {
        foreach (var value in values)
        {
            var at = text.IndexOf(value, StringComparison.Ordinal);
            at.ShouldBe(-1, at < 0 ? "" : $"{where} contain '{value}': ...{text[Math.Max(0, at - 200)..Math.Min(text.Length, at + 60)]}");
        }
    }
}
