namespace Nano.Testing.Oracle;

/// <summary>
/// What a response says, in Chat's words, whatever its wire form: the recording's readers and the reader of the gateway's
/// answer both end here, so that the two can be compared.
/// </summary>
public sealed record Answer
{
    /// <summary>The response reports a failure, breaks off or is not valid: only an error may come of it.</summary>
    public bool IsError { get; init; }

    /// <summary>The failure's words, or why it counts as one.</summary>
    public string? Error { get; init; }

    public IReadOnlyList<AnswerChoice> Choices { get; init; } = [];

    /// <summary>Null when the wire says nothing of it.</summary>
    public AnswerUsage? Usage { get; init; }

    public static Answer Failure(string why) => new() { IsError = true, Error = why };
}

public sealed record AnswerChoice(int Index)
{
    public string Text { get; init; } = "";

    public string Reasoning { get; init; } = "";

    public string Refusal { get; init; } = "";

    public IReadOnlyList<AnswerToolCall> ToolCalls { get; init; } = [];

    /// <summary>URLs of sources, each once, in no order.</summary>
    public IReadOnlySet<string> Sources { get; init; } = new HashSet<string>();

    /// <summary>Base64 of images, in order.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>Chat's word; null when the wire gives none.</summary>
    public string? Finish { get; init; }
}

/// <param name="Id">Null where the wire has none.</param>
/// <param name="Arguments">JSON text, as far as the model wrote JSON.</param>
public sealed record AnswerToolCall(string? Id, string Name, string Arguments);

/// <summary>Tokens in Chat's meaning: prompt with all that was read from or written to a cache, completion with reasoning.</summary>
public sealed record AnswerUsage
{
    public long? Prompt { get; init; }

    public long? Completion { get; init; }

    public long? Cached { get; init; }

    public long? CacheWritten { get; init; }

    public long? Reasoning { get; init; }
}
