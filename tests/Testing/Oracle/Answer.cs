namespace Nano.Testing.Oracle;

/// <summary>
/// The content of a response in Chat's terms, whatever its wire format: the readers of recordings and the reader of the gateway's
/// responses both produce it, so that the two can be compared.
/// </summary>
public sealed record Answer
{
    /// <summary>The response reports a failure, breaks off or is not valid: the gateway must turn it into an error.</summary>
    public bool IsError { get; init; }

    /// <summary>The failure's message, or why it counts as one.</summary>
    public string? Error { get; init; }

    public IReadOnlyList<AnswerChoice> Choices { get; init; } = [];

    /// <summary>Null when the response does not contain it.</summary>
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

    /// <summary>Chat's value; null when the response has none.</summary>
    public string? Finish { get; init; }
}

/// <param name="Id">Null if the response has none.</param>
/// <param name="Arguments">JSON text, as far as the model wrote JSON.</param>
public sealed record AnswerToolCall(string? Id, string Name, string Arguments);

/// <summary>Tokens as Chat counts them: prompt including everything read from or written to a cache, completion including reasoning.</summary>
public sealed record AnswerUsage
{
    public long? Prompt { get; init; }

    public long? Completion { get; init; }

    public long? Cached { get; init; }

    public long? CacheWritten { get; init; }

    public long? Reasoning { get; init; }
}
