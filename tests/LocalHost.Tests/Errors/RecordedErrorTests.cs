using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Replay;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Errors;

/// <summary>
/// Every recorded error has OpenAI's format: a provider's 4xx keeps its status and message, a
/// refused key becomes a 502 that names the setting, and nothing leaks.
/// </summary>
public class RecordedErrorTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    [SkippableTheory]
    [InlineData("chat", false)]
    [InlineData("chat", true)]
    [InlineData("messages", false)]
    [InlineData("messages", true)]
    [InlineData("generateContent", false)]
    [InlineData("generateContent", true)]
    [InlineData("responses", false)]
    [InlineData("responses", true)]
    [InlineData("chat_v2", false)]
    [InlineData("chat_v2", true)]
    public async Task A_recorded_error_has_the_format_of_the_callers_API(string api, bool stream)
    {
        WireCorpus.Require();
        var cases = ReplayCases.Errors.Where(c => c.Api == api).ToArray();
        cases.Length.ShouldBeGreaterThanOrEqualTo(api switch { "responses" => 9, "chat_v2" => 3, _ => 10 });
        var failures = new List<string>();
        foreach (var wire in cases)
        {
            var reply = await gateway.ChatAsync(GatewayFixture.Ask(ReplayCases.Model(wire), stream), Script(wire));
            if (Breach(wire, reply) is { } breach) failures.Add($"{wire.Id} ({wire.Status}): {breach} in {reply.Text}");
        }
        failures.ShouldBeEmpty($"{failures.Count} cases:{Environment.NewLine}{string.Join(Environment.NewLine, failures)}");
    }

    private static UpstreamScript Script(WireCase wire)
    {
        var script = new UpstreamScript(wire.Status).Header("content-type", ReplayCases.ContentType(wire));
        if (wire.Response.TryGetProperty("headers", out var headers) && headers.TryGetProperty("retry-after", out var wait))
            script = script.Header("retry-after", wait.GetString()!);
        return script.Send(wire.ResponseBytes());
    }

    private static string? Breach(WireCase wire, GatewayReply reply)
    {
        JsonElement error;
        try
        {
            error = reply.Error();
        }
        catch (Exception e)
        {
            return e.Message;
        }
        var provider = ReplayCases.Provider(wire);
        var message = error.GetProperty("message").GetString()!;
        if (reply.Text.Contains(GatewayFixture.ProviderKey(provider), StringComparison.Ordinal)) return "the provider's key leaks";
        if (reply.IsStream) return "an error before the first byte is not an event stream";
        if (IsRefusedKey(wire))
        {
            if ((int)reply.Status != 502) return $"status {(int)reply.Status} instead of 502";
            if (error.GetProperty("code").GetString() != "provider_auth_failed") return "code is not provider_auth_failed";
            return message.Contains($"{provider.ToUpperInvariant()}_API_KEY", StringComparison.Ordinal) ? null : "the message names no setting";
        }
        // Providers keep their own 4xx; a provider's 5xx stays a 5xx.
        if (wire.Status < 500 ? (int)reply.Status != wire.Status : (int)reply.Status < 500) return $"status {(int)reply.Status}";
        if (Words(wire) is { } words) return message.Contains(words, StringComparison.Ordinal) ? Wait(wire, reply) : $"the provider's words are missing: {words}";
        return message.Contains('<', StringComparison.Ordinal) || message.Length < 20 ? "a page of markup is no message" : null;
    }

    // Google returns 400 where others return 401 (gemini-generatecontent-one-error-341a80). OpenAI's 403 may refuse the model (openai-chat-one-error-7560c5).
    private static bool IsRefusedKey(WireCase wire) => wire.Status == 401
        || (wire.Status == 403 && !wire.ResponseBody.GetRawText().Contains("not allowed to sample", StringComparison.Ordinal))
        || wire.ResponseBody.GetRawText().Contains("\"API_KEY_INVALID\"", StringComparison.Ordinal);

    private static string? Wait(WireCase wire, GatewayReply reply)
    {
        var recorded = wire.Response.TryGetProperty("headers", out var headers) && headers.TryGetProperty("retry-after", out var wait) ? wait.GetString() : null;
        return recorded is null || reply.Headers.GetValueOrDefault("retry-after") == recorded ? null : "Retry-After is lost";
    }

    /// <summary>The provider's message, wherever the recordings have it; null for a body that is not JSON.</summary>
    private static string? Words(WireCase wire)
    {
        var body = wire.ResponseBody;
        if (body.ValueKind != JsonValueKind.Object) return null;
        foreach (var path in new[] { "error", "message", "detail" })
        {
            if (!body.TryGetProperty(path, out var found)) continue;
            if (found.ValueKind == JsonValueKind.String) return found.GetString();
            if (found.ValueKind == JsonValueKind.Object && found.TryGetProperty("message", out var inner)) return inner.GetString();
        }
        throw new InvalidOperationException($"{wire.Id}: no message known here.");
    }
}
