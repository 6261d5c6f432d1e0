using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Responses;

/// <summary>
/// Builds Chat's log probabilities. Here they are beside each text, as a list of Chat's own elements
/// (<c>{token,bytes,logprob,top_logprobs}</c>); Chat's object is written around them.
/// </summary>
internal sealed class LogprobsBuilder : IDisposable
{
    private readonly JsonOutput _output = new();

    /// <summary>Whether the list is present and not empty.</summary>
    public static bool Says(JsonSlice list)
    {
        if (!list.IsArray) return false;
        var cursor = new JsonCursor(list.Memory);
        return cursor.NextElement();
    }

    /// <summary>Adds the elements of one text's non-empty list.</summary>
    public void Add(JsonSlice list)
    {
        if (_output.Length == 0) _output.Bytes("{\"content\":["u8);
        else _output.Bytes(","u8);
        _output.Bytes(list.Span[1..^1]);
    }

    /// <summary>Chat's object; absent when nothing was added. Valid until <see cref="Clear"/> or dispose.</summary>
    public JsonSlice Take()
    {
        if (_output.Length == 0) return default;
        _output.Bytes("]}"u8);
        return new JsonSlice(_output.Written);
    }

    public void Clear() => _output.Clear();

    public void Dispose() => _output.Dispose();
}
