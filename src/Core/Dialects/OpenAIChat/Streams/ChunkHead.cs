using Nano.Chat;
using Nano.Dialects.OpenAIChat.Responses;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>The members that begin all chunks of a stream (id, object, created, model), created once, at the provider's first event.</summary>
internal sealed class ChunkHead(ResponseContext context)
{
    private byte[] _bytes = [];

    /// <summary>Only the first call has an effect: a stream has one id.</summary>
    public void Start(in ChatEvent start)
    {
        if (_bytes.Length == 0) Make(start);
    }

    /// <summary>Everything before the index of the only choice.</summary>
    public ReadOnlySpan<byte> ForChoice()
    {
        if (_bytes.Length == 0) Make(default);
        return _bytes;
    }

    /// <summary>Without choices: everything before the usage object.</summary>
    public byte[] ForUsage() => [.. ForChoice()[..^"{\"index\":"u8.Length], .. "],\"usage\":"u8];

    private void Make(in ChatEvent start)
    {
        using var json = new JsonOutput(256);
        json.Bytes("data: "u8);
        json.BeginObject();
        ResponseHead.Write(start.Id, "chat.completion.chunk"u8, start.Json, start.Model, context, json);
        json.Bytes(",\"choices\":[{\"index\":"u8);
        _bytes = json.WrittenSpan.ToArray();
    }
}
