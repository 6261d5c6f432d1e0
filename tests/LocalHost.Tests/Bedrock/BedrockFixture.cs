using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Bedrock;

/// <summary>The host with a fake Bedrock and a Bedrock API key.</summary>
public class BedrockFixture : GatewayFixture
{
    public const string Model = "bedrock/us.example.model-v1:0";

    protected override Dictionary<string, string> Settings(string upstream) => new()
    {
        ["API_KEY"] = CallerKey,
        ["PORT"] = "0",
        ["AWS_REGION"] = "eu-central-1",
        ["BEDROCK_BASE_URL"] = $"{upstream}/bedrock",
        ["BEDROCK_API_KEY"] = ProviderKey("bedrock"),
    };

    /// <summary>A stream in Bedrock's format.</summary>
    public static UpstreamScript Stream(params byte[][] messages) =>
        messages.Aggregate(new UpstreamScript().Header("content-type", "application/vnd.amazon.eventstream"), (script, message) => script.Send(message));

    /// <summary>Requests a recorded response through the chat inbound API.</summary>
    /// <param name="pieceSize">Bytes that are flushed together; null for all.</param>
    public Task<GatewayReply> ReplayAsync(WireCase wire, int? pieceSize = null, bool usage = true)
    {
        var body = wire.ResponseBytes();
        var script = new UpstreamScript(wire.Status).Header("content-type", wire.EventStream is not null ? "application/vnd.amazon.eventstream"
            : wire.ContentType ?? "application/json");
        if (wire.Response.TryGetProperty("headers", out var headers) && headers.TryGetProperty("x-amzn-errortype", out var type))
            script = script.Header("x-amzn-errortype", type.GetString()!);
        return ChatAsync(Ask(Model, wire.EventStream is not null, usage), pieceSize is { } size ? script.SendInPieces(body, size) : script.Send(body));
    }
}
