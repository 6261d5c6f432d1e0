namespace Nano.Dialects.Gemini.Requests;

/// <summary>Spellings and unusual shapes of a request, by the <c>Form</c> that records them.</summary>
internal static class RequestForms
{
    /// <summary>On the request.</summary>
    public static readonly MemberName SystemInstruction = new("systemInstruction", 0), GenerationConfig = new("generationConfig", 1),
        ToolConfig = new("toolConfig", 2), MaxOutputTokens = new("maxOutputTokens", 3), TopP = new("topP", 4), TopK = new("topK", 5),
        StopSequences = new("stopSequences", 6), CandidateCount = new("candidateCount", 7), FrequencyPenalty = new("frequencyPenalty", 8),
        PresencePenalty = new("presencePenalty", 9), ResponseLogprobs = new("responseLogprobs", 10), ThinkingConfig = new("thinkingConfig", 11),
        ResponseMimeType = new("responseMimeType", 12), ResponseSchema = new("responseSchema", 13), ResponseJsonSchema = new("responseJsonSchema", 14);

    public const int NoContents = 1 << 20;
    public const int ContentsObject = 1 << 21;
    public const int HasConfig = 1 << 22;
    public const int HasTools = 1 << 23;
    public const int ToolsObject = 1 << 24;

    /// <summary>On the system message: it was a string.</summary>
    public const int SystemText = 1 << 20;

    /// <summary>On the reasoning options.</summary>
    public static readonly MemberName IncludeReasoning = new("includeThoughts", 0), ThinkingLevel = new("thinkingLevel", 1), ThinkingBudget = new("thinkingBudget", 2);

    /// <summary>The level was written in upper case.</summary>
    public const int UpperLevel = 1 << 20;

    /// <summary>On the response format: how it was requested.</summary>
    public const int WithMimeType = 1 << 20;
    public const int WithSchema = 1 << 21;
    public const int WithJsonSchema = 1 << 22;

    /// <summary>On a response format or a tool: all types in the schema were in upper case (<c>OBJECT</c>).</summary>
    public const int UpperTypes = 1 << 23;

    /// <summary>On a tool: spellings and position. The bits from 8 contain the number of its tool object.</summary>
    public static readonly MemberName FunctionDeclarations = new("functionDeclarations", 0), ParametersJsonSchema = new("parametersJsonSchema", 1);

    public const int JsonSchemaParameters = 1 << 2;

    /// <summary>A member of a tool object (<c>googleSearch</c>); its value was null; the whole tool object.</summary>
    public const int NativeMember = 1 << 3;
    public const int NativeNull = 1 << 4;
    public const int NativeWhole = 1 << 5;

    public const int GroupShift = 8;
    public const int GroupMask = 0x7FFF;

    /// <summary>On a tool choice.</summary>
    public static readonly MemberName FunctionCallingConfig = new("functionCallingConfig", 0), AllowedFunctionNames = new("allowedFunctionNames", 1);

    public const int Validated = 1 << 20;

    /// <summary>Prefix, among the request's extras, of extras of <c>generationConfig</c>.</summary>
    public static ReadOnlySpan<byte> ConfigPrefix => "generationConfig."u8;
}
