using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Replay;
using Nano.Testing;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Oddities;

/// <summary>What must be true of a recording's replay for one of its oddities; null if it is.</summary>
internal delegate string? OddityClaim(OddCase replayed);

/// <summary>One recording with oddities, its content as an independent reader sees it, and the response to the caller of Chat.</summary>
internal sealed class OddCase
{
    private OddCase(WireCase wire, GatewayReply reply)
    {
        Wire = wire;
        Reply = reply;
        Recorded = wire.Status == 200 ? VendorForm.Read(wire) : Answer.Failure($"status {wire.Status}");
        Said = wire.Api == "chat" ? reply.ReadRelayed(wire.Sse is not null && reply.IsStream) : reply.ReadStrictly(usageAsked: wire.Sse is not null);
    }

    public WireCase Wire { get; }

    public GatewayReply Reply { get; }

    /// <summary>The content of the recording.</summary>
    public Answer Recorded { get; }

    /// <summary>The content that the caller reads.</summary>
    public Answer Said { get; }

    public bool IsStream => Wire.Sse is not null;

    public AnswerChoice First => Said.Choices[0];

    /// <summary>The error object that the caller gets.</summary>
    public JsonElement Error => Reply.Error();

    /// <summary>JSON of the recorded response: of its events, or all of it.</summary>
    public IReadOnlyList<JsonElement> RecordedJson => Parts(Wire.Sse, Wire.Sse is null ? Wire.ResponseBytes() : []);

    /// <summary>The same for the caller's response.</summary>
    public IReadOnlyList<JsonElement> SaidJson => Parts(Reply.IsStream ? Reply.Text : null, Reply.Body);

    /// <summary>The reported losses, in the header or in a stream's comments.</summary>
    public string Losses => string.Join(' ', Reply.Headers.Where(h => h.Key == "x-nano-loss").Select(h => h.Value)
        .Concat(Reply.IsStream ? Reply.Text.Split('\n').Where(line => line.StartsWith(": x-nano-loss:", StringComparison.Ordinal)) : []));

    /// <summary>Replays the recording as the provider that it was made at, and reads the caller's response.</summary>
    public static async Task<OddCase> ReplayAsync(GatewayFixture gateway, WireCase wire)
    {
        var provider = wire.Api == "chat" ? VendorReplayTests.VendorOf(wire) : ReplayCases.Provider(wire);
        var model = wire.Api == "responses" ? ReplayCases.Model(wire) : $"{provider}/replayed-model";
        var script = new UpstreamScript(wire.Status).Header("content-type", ReplayCases.ContentType(wire));
        if (wire.Response.TryGetProperty("headers", out var headers) && headers.TryGetProperty("retry-after", out var wait))
            script = script.Header("retry-after", wait.GetString()!);
        return new OddCase(wire, await gateway.ChatAsync(GatewayFixture.Ask(model, wire.Sse is not null), script.Send(wire.ResponseBytes())));
    }

    /// <summary>All values of members with this name, at any depth, in order, as raw text.</summary>
    public static IReadOnlyList<string> ValuesOf(IEnumerable<JsonElement> parts, string name) => [.. parts.SelectMany(part => Values(part, name))];

    private static IEnumerable<string> Values(JsonElement value, string name)
    {
        if (value.ValueKind == JsonValueKind.Array) return value.EnumerateArray().SelectMany(item => Values(item, name));
        if (value.ValueKind != JsonValueKind.Object) return [];
        return value.EnumerateObject().SelectMany(member => member.Name == name ? [member.Value.GetRawText()] : Values(member.Value, name));
    }

    private static IReadOnlyList<JsonElement> Parts(string? sse, byte[] whole) => sse is null
        ? [Parse(whole) ?? default]
        : [.. SseText.Events(sse).Where(e => e.HasData).Select(e => Parse(System.Text.Encoding.UTF8.GetBytes(e.Data))).OfType<JsonElement>()];

    private static JsonElement? Parse(byte[] json)
    {
        try
        {
            return JsonDocument.Parse(json).RootElement;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
