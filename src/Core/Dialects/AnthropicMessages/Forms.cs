namespace Nano.Dialects.AnthropicMessages;

/// <summary>
/// The values of <c>Form</c> in this dialect: how something was written if the same meaning has two
/// spellings. Only <see cref="Requests.RequestEcho"/> and <see cref="Requests.BlockEcho"/> read it.
/// </summary>
internal static class Forms
{
    /// <summary>Message, tool result: the content is a string, not an array of blocks.</summary>
    public const int ContentString = 1;

    /// <summary>Tool result: the content is an array; without this and <see cref="ContentString"/> there is none.</summary>
    public const int ContentArray = 2;

    /// <summary>Message: a system turn that is inside <c>messages</c> (<c>anthropic-messages-one-websearch-129e94</c>).</summary>
    public const int InMessages = 2;

    /// <summary>Tool result: <c>"is_error": false</c> is written out.</summary>
    public const int IsErrorSaid = 4;

    /// <summary>Text: a <c>document</c> block whose source is plain text.</summary>
    public const int DocumentText = 8;

    /// <summary>Request: the member is present although its value is the default.</summary>
    public const int StreamSaid = 1, MetadataSaid = 2, OutputConfigSaid = 4, StopSaid = 8, ToolsSaid = 16;

    /// <summary>Response format: it is in <c>output_format</c> at the top.</summary>
    public const int OutputFormat = 1;

    /// <summary>Reasoning: there is a <c>thinking</c> object (else only an effort).</summary>
    public const int ThinkingSaid = 1;
}
