using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Replay;

/// <summary>Which recordings are replayed, and how each is requested at the inbound API.</summary>
internal static class ReplayCases
{
    private static readonly string[] Apis = ["chat", "messages", "generateContent", "responses", "chat_v2"];

    public static IEnumerable<WireCase> All => WireCorpus.Of(Apis).Where(c => c.Status == 200);

    public static IEnumerable<WireCase> Errors => WireCorpus.Of(Apis).Where(c => c.Status >= 400);

    /// <summary>The provider whose dialect the recording speaks. Chat and Responses of any provider are replayed as OpenAI's, except xAI's own Chat.</summary>
    public static string Provider(WireCase wire) => wire.Api switch
    {
        "messages" => "anthropic",
        "generateContent" => "google",
        "responses" => "openai",
        "chat_v2" => "cohere",
        _ => wire.Provider == "xai" ? "xai" : "openai",
    };

    /// <summary>A name that is not in the catalogue, so that only the dialects decide. OpenAI's pro models are served only on Responses.</summary>
    public static string Model(WireCase wire) => $"{Provider(wire)}/{(wire.Api == "responses" ? "gpt-replayed-pro" : "replayed-model")}";

    /// <summary>The response is relayed as bytes.</summary>
    public static bool IsPassthrough(WireCase wire) => wire.Api == "chat";

    /// <summary>The recorded content type; if none was kept, the one that the provider documents.</summary>
    public static string ContentType(WireCase wire) =>
        wire.ContentType ?? (wire.Sse is not null ? "text/event-stream" : "application/json");

    /// <summary>Requests the recorded response through the chat inbound API, as a stream if it was recorded as one.</summary>
    /// <param name="send">How the upstream sends the recorded bytes.</param>
    public static Task<GatewayReply> AskAsync(GatewayFixture gateway, WireCase wire, Func<UpstreamScript, byte[], UpstreamScript> send, bool usage) =>
        gateway.ChatAsync(
            GatewayFixture.Ask(Model(wire), wire.Sse is not null, usage),
            send(new UpstreamScript().Header("content-type", ContentType(wire)), wire.ResponseBytes()));
}
