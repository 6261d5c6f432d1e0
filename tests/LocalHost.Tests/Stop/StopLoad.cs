using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Stop;

/// <summary>Callers that send requests without a pause while a gateway stops, and the result of each request.</summary>
internal sealed partial class StopLoad : IAsyncDisposable
{
    private const string Response =
        """{"id":"1","object":"chat.completion","created":1,"model":"gpt-x","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}}""";

    /// <summary>Models, streamed or whole. A request to <c>endless</c> stays open until the gateway ends it.</summary>
    private static readonly (string Model, bool Stream)[] Kinds =
    [
        ("nano/echo", false), ("nano/echo", true), ("openai/quick", true), ("openai/quick", false), ("openai/slow", true), ("openai/slow", false),
        ("openai/endless", true), ("openai/endless", false),
    ];

    private readonly HttpClient _client;
    private readonly ConcurrentQueue<Call> _calls = new();
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _callers = [];

    public StopLoad(Uri address, string key, int callers)
    {
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        for (var i = 0; i < callers; i++)
        {
            var kind = Kinds[i % Kinds.Length];
            _callers.Add(Task.Run(() => CallAsync(kind.Model, kind.Stream)));
        }
    }

    /// <summary>Rounds of a test; CI runs few.</summary>
    public static int Rounds => int.TryParse(Environment.GetEnvironmentVariable("NANO_STOP_ROUNDS"), out var rounds) ? rounds : 3;

    /// <summary>The provider behind <c>openai/</c>.</summary>
    public static UpstreamScript Respond(UpstreamRequest request)
    {
        var body = request.BodyText;
        var stream = body.Contains("\"stream\":true", StringComparison.Ordinal);
        var pause = body.Contains("slow", StringComparison.Ordinal) ? TimeSpan.FromMilliseconds(100) : TimeSpan.Zero;
        if (!stream) return body.Contains("endless", StringComparison.Ordinal) ? new UpstreamScript().Silence() : UpstreamScript.Json("").Delay(pause).Send(Response);
        var script = UpstreamScript.Sse(Event("first"));
        if (body.Contains("endless", StringComparison.Ordinal)) return script.Silence();
        for (var i = 0; i < 5; i++) script = script.Delay(pause).Send(Event($" word{i}"));
        return script.Send(Event("", "stop")).Send("data: [DONE]\n\n");
    }

    /// <summary>Waits for a number of responses that have ended, and for a request that stays open.</summary>
    public async Task RespondedAsync(int count, FakeUpstream upstream)
    {
        while (_calls.Count < count || !upstream.Requests.Any(request => request.BodyText.Contains("endless", StringComparison.Ordinal)))
        {
            _callers.ShouldAllBe(caller => !caller.IsFaulted);
            await Task.Delay(10);
        }
    }

    /// <summary>Called once the gateway has ended: everything that its callers got.</summary>
    public async Task<IReadOnlyList<Call>> EndAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_callers);
        return [.. _calls];
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _client.Dispose();
        _end.Dispose();
    }

    /// <summary>Compares the callers' results with the usage records of the gateway.</summary>
    /// <param name="lines">The gateway's log.</param>
    public static StopFigures Compare(IReadOnlyList<Call> calls, IEnumerable<string> lines)
    {
        var problems = new List<string>();
        var records = new Dictionary<string, string>();
        foreach (var line in lines)
        {
            if (Record().Match(line) is not { Success: true } record) continue;
            if (!records.TryAdd(record.Groups[1].Value, record.Groups[2].Value)) problems.Add("recorded twice: " + line);
        }
        var seen = new HashSet<string>();
        foreach (var call in calls)
        {
            if (call.Id is null)
            {
                if (call.Result is not CallResult.NoResponse) problems.Add($"a response without an id: {call}");
                continue;
            }
            // Refused before its key was checked: such requests have no record.
            if (call.Result == CallResult.Refused)
            {
                if (records.ContainsKey(call.Id)) problems.Add($"a refused request has a record: {call}");
                continue;
            }
            seen.Add(call.Id);
            var expected = call.Result switch { CallResult.Whole => "Ok", CallResult.CutOff or CallResult.Broken => "Stopped", _ => "" };
            if (!records.TryGetValue(call.Id, out var outcome)) problems.Add($"no record: {call}");
            else if (outcome != expected) problems.Add($"recorded as {outcome}: {call}");
        }
        // A request whose connection broke before its response began may have a record.
        var unseen = records.Keys.Count(id => !seen.Contains(id));
        var unanswered = calls.Count(call => call.Result == CallResult.NoResponse);
        if (unseen > unanswered) problems.Add($"{unseen} records are of no caller's, and {unanswered} requests had no response");
        return new StopFigures(
            calls.Count(call => call.Result == CallResult.Whole), calls.Count(call => call.Result == CallResult.CutOff), calls.Count(call => call.Result == CallResult.Refused),
            unanswered, records.Count, unseen, problems);
    }

    private async Task CallAsync(string model, bool stream)
    {
        while (!_end.IsCancellationRequested)
        {
            var call = await CallOnceAsync(model, stream);
            _calls.Enqueue(call);
            // A gateway that stops or has ended: further requests would only waste processor time.
            if (call.Result is CallResult.Refused or CallResult.NoResponse) await Task.Delay(20);
        }
    }

    private async Task<Call> CallOnceAsync(string model, bool stream)
    {
        var kind = stream ? model + " streamed" : model;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
            {
                Content = new StringContent($$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"Hello"}]}""", Encoding.UTF8,
                    "application/json"),
            };
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            var id = response.Headers.TryGetValues("x-request-id", out var ids) ? ids.First() : null;
            var reply = await GatewayReply.ReadAsync(response);
            return new Call(kind, id, (int)reply.Status, ResultOf(reply, id, stream), reply.Text.Length > 300 ? reply.Text[^300..] : reply.Text);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return new Call(kind, null, 0, CallResult.NoResponse, e.Message);
        }
    }

    private static CallResult ResultOf(GatewayReply reply, string? id, bool stream)
    {
        if (reply.Text.Contains("\"gateway_stopped\"", StringComparison.Ordinal)) return stream || (int)reply.Status == 503 ? CallResult.CutOff : CallResult.Wrong;
        if (reply.Text.Contains("\"gateway_stopping\"", StringComparison.Ordinal)) return (int)reply.Status == 503 ? CallResult.Refused : CallResult.Wrong;
        if (id is null) return CallResult.NoResponse;
        // The error event was being sent when the connection broke: on a busy machine a caller, or a host in between, may not have read it.
        if (reply.IsBroken && stream && (int)reply.Status == 200) return CallResult.Broken;
        if (reply.IsBroken || (int)reply.Status != 200) return CallResult.Wrong;
        return !stream || reply.Text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal) ? CallResult.Whole : CallResult.Wrong;
    }

    private static string Event(string text, string? finish = null) =>
        $$$"""data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"gpt-x","choices":[{"index":0,"delta":{"content":"{{{text}}}"},"finish_reason":{{{(finish is null ? "null" : $"\"{finish}\"")}}}}]}""" + "\n\n";

    [GeneratedRegex(@"usage id=(\w+) .* outcome=(\w+) ")]
    private static partial Regex Record();

    public enum CallResult { Whole, CutOff, Broken, Refused, NoResponse, Wrong }

    /// <param name="Id">The <c>x-request-id</c> of the response.</param>
    /// <param name="Text">The end of the response.</param>
    public sealed record Call(string Kind, string? Id, int Status, CallResult Result, string Text);

    /// <param name="Unanswered">Requests that reached no gateway, or lost their connection before a response began.</param>
    /// <param name="Records">Usage records.</param>
    /// <param name="Unseen">Usage records of requests whose caller had no response.</param>
    public sealed record StopFigures(int Whole, int CutOff, int Refused, int Unanswered, int Records, int Unseen, IReadOnlyList<string> Problems)
    {
        public override string ToString() =>
            $"{Whole} whole, {CutOff} cut off, {Refused} refused, {Unanswered} without a response, {Records} records ({Unseen} of requests without a response), {Problems.Count} problems";
    }
}
