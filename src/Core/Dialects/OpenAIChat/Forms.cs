namespace Nano.Dialects.OpenAIChat;

// How something was written, if Chat has several ways to write it. Readers record it in Form, and writers of the same
// dialect use it, so that reading and writing is the identity. Other dialects ignore it.

[Flags]
internal enum RequestForm
{
    /// <summary>The limit was in the older <c>max_tokens</c>, not in <c>max_completion_tokens</c>.</summary>
    MaxTokens = 1,
    Stream = 2,
    /// <summary><c>stream_options</c> was <c>{"include_usage":bool}</c> and nothing else.</summary>
    StreamOptions = 4,
    StopText = 8,
    StopList = 16,
    Tools = 32,
    /// <summary>Legacy <c>functions</c>.</summary>
    Functions = 64,
}

[Flags]
internal enum MessageForm
{
    RoleAbsent = 1,
    ContentNull = 2,
    ContentEmpty = 4,
    ContentText = 8,
    ContentList = 16,
    RefusalEmpty = 32,
    /// <summary><c>reasoning_content</c> was present, with the text of the reasoning parts.</summary>
    ReasoningContent = 64,
    /// <summary><c>reasoning</c> was present, with the text of the reasoning parts.</summary>
    Reasoning = 128,
    /// <summary>The same two as empty strings.</summary>
    ReasoningContentEmpty = 256,
    ReasoningEmpty = 512,
    ReasoningDetails = 1024,
    ToolCalls = 2048,
    Annotations = 4096,
    Images = 8192,
    /// <summary>The role was the legacy <c>function</c>.</summary>
    FunctionRole = 16384,
    /// <summary>Content was neither text, list nor null.</summary>
    ContentOdd = 32768,
}

/// <summary>For an <c>OpaquePart</c>: the list that contained it.</summary>
internal enum OpaqueForm
{
    Content,
    ToolCalls,
    Images,
}

[Flags]
internal enum MediaForm
{
    /// <summary>The member was a string, not an object (<c>openai-chat-one-vision-d111d5</c>).</summary>
    Text = 1,
    /// <summary>Base64 without <c>data:</c> around it.</summary>
    Bare = 2,
    /// <summary>The member's object has unmodelled members, so the whole object is in the extras.</summary>
    Whole = 4,
    VideoUrl = 8,
    InputAudio = 16,
    File = 32,
    /// <summary>An assistant's <c>audio</c> member.</summary>
    Audio = 64,
    /// <summary>An element of a response's <c>images</c>.</summary>
    Images = 128,
    DocumentUrl = 256,
    FileUrl = 512,
}

[Flags]
internal enum ReasoningForm
{
    /// <summary>From <c>reasoning_content</c> or <c>reasoning</c>.</summary>
    Plain = 0,
    /// <summary>An element of <c>reasoning_details</c>; the other flags describe it.</summary>
    Detail = 1,
    /// <summary>A <c>thinking</c> element of the content (Mistral).</summary>
    Content = 2,
    Summary = 4,
    Encrypted = 8,
    IdNull = 16,
    IndexIsOrdinal = 32,
    FormatNull = 64,
    FormatKnown = 128,
    /// <summary>The signature was in the detail, the text in the plain member.</summary>
    TextApart = 256,
    SignatureNull = 512,
    TextNull = 1024,
}

[Flags]
internal enum ToolCallForm
{
    TypeAbsent = 1,
    IdEmpty = 2,
    ArgumentsAbsent = 4,
    /// <summary><c>function</c> is kept whole among the extras.</summary>
    Whole = 8,
    /// <summary>Legacy <c>function_call</c>: it had no id, so the gateway created one.</summary>
    Legacy = 16,
    /// <summary><c>index</c> was the call's position in the list.</summary>
    Index = 32,
    /// <summary>The signature was in <c>extra_content.google.thought_signature</c> with no other members.</summary>
    ExtraContent = 64,
}

[Flags]
internal enum ToolForm
{
    TypeAbsent = 1,
    /// <summary><c>function</c> is kept whole among the extras.</summary>
    Whole = 2,
    Legacy = 4,
    /// <summary><c>cache_control</c> was in <c>function</c>.</summary>
    CacheControlInside = 8,
}

internal enum ToolChoiceForm
{
    /// <summary>A string, or <c>{"type":"function","function":{"name":...}}</c>.</summary>
    Plain,
    /// <summary>Mistral's value for required.</summary>
    Any,
    /// <summary><c>function_call</c>.</summary>
    Legacy,
    /// <summary><c>{"type":"tool","name":...}</c> (<c>xai-chat-one-error-b78b8d</c>).</summary>
    Named,
}

internal enum ReasoningOptionsForm
{
    /// <summary><c>reasoning_effort</c>.</summary>
    Effort,
    /// <summary>OpenRouter's <c>reasoning</c> object.</summary>
    Reasoning,
    /// <summary><c>thinking</c> in the form of DeepSeek, Zhipu and Moonshot.</summary>
    Thinking,
}

[Flags]
internal enum ChoiceForm
{
    IndexAbsent = 1,
    /// <summary><c>finish_reason</c> is in the extras: it was null or not one of OpenAI's values.</summary>
    FinishKept = 2,
    FinishAbsent = 4,
    LegacyFunctionCall = 8,
    NativeFinish = 16,
    /// <summary>The choice had <c>delta</c> instead of <c>message</c>.</summary>
    Delta = 32,
    MessageAbsent = 64,
}

[Flags]
internal enum ResponseForm
{
    Object = 1,
    Choices = 2,
}
