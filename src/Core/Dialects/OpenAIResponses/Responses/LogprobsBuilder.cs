using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Responses;

/// <summary>
/// Log probabilities are beside each text here, as a list whose elements are Chat's own
/// (<c>{token,bytes,logprob,top_logprobs}</c>): Chat's object is made around them.
/// </summary>
internal sealed class LogprobsBuilder : IDisposable
{
    private readonly JsonOutput _output = new();

    /// <summary>There and not empty.</summary>
    public static bool Says(JsonSlice list)
    {
        if (!list.IsArray) return false;
        var cursor = new JsonCursor(list.Memory);
        return cursor.NextElement();
    }

    /// <summary>Adds the elements of one text's list, which says something.</summary>
    public void Add(JsonSlice list)
    {
        if (_output.Length == 0) _output.Bytes("{\"content\":["u8);
        else _output.Bytes(","u8);
        _output.Bytes(list.Span[1..^1]);
    }

    /// <summary>Chat's object; absent when nothing was added. Lives as long as this or until <see cref="Clear"/>.</summary>
    public JsonSlice Take()
    {
        if (_output.Length == 0) return default;
        _output.Bytes("]}"u8);
        return new JsonSlice(_output.Written);
    }

    public void Clear() => _output.Clear();

    public void Dispose() => _output.Dispose();
}
