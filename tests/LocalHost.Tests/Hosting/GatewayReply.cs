using System.Net;
using System.Text;
using System.Text.Json;
using Nano.Testing.Oracle;

namespace Nano.LocalHost.Tests.Hosting;

/// <summary>The gateway's whole response to one request.</summary>
/// <param name="IsBroken">The connection broke before the response's end.</param>
public sealed record GatewayReply(HttpStatusCode Status, IReadOnlyDictionary<string, string> Headers, byte[] Body, bool IsBroken)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public bool IsStream => Headers.GetValueOrDefault("content-type", "").StartsWith("text/event-stream", StringComparison.Ordinal);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The error object, checked against OpenAI's format: of an error status, or the last event of a stream.</summary>
    public JsonElement Error()
    {
        if (Status != HttpStatusCode.OK) return StrictChat.ReadError(Text);
        var last = SseText.Events(Text).Last(e => e.HasData);
        return StrictChat.ReadError(last.Data);
    }

    /// <summary>Reads a response that the gateway wrote itself.</summary>
    public Answer ReadStrictly(bool usageAsked)
    {
        if (Status != HttpStatusCode.OK) return Answer.Failure(Error().GetProperty("message").GetString()!);
        if (IsBroken) return Answer.Failure("the connection broke");
        return IsStream ? StrictChat.ReadStream(Body, usageAsked) : StrictChat.ReadWhole(Body);
    }

    /// <summary>Reads a response that was relayed in its provider's format.</summary>
    public Answer ReadRelayed(bool stream)
    {
        if (Status != HttpStatusCode.OK) return Answer.Failure(Error().GetProperty("message").GetString()!);
        if (IsBroken) return Answer.Failure("the connection broke");
        return stream ? ChatOracle.ReadStream(Text) : ChatOracle.ReadWhole(Text);
    }

    public static async Task<GatewayReply> ReadAsync(HttpResponseMessage response, string? word = null, TaskCompletionSource? seen = null)
    {
        using var body = new MemoryStream();
        var broken = false;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync();
            var buffer = new byte[64 * 1024];
            for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
            {
                body.Write(buffer, 0, read);
                if (word is not null && Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length).Contains(word, StringComparison.Ordinal)) seen!.TrySetResult();
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            broken = true;
        }
        var headers = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(h => h.Key.ToLowerInvariant(), h => string.Join(",", h.Value));
        return new GatewayReply(response.StatusCode, headers, body.ToArray(), broken);
    }
}
