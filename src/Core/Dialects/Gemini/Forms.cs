namespace Nano.Dialects.Gemini;

/// <summary>
/// How things were written, kept in the <c>Form</c> members of the neutral model: one bit per name that was spelled in
/// snake case (low bits), and the unusual shapes below.
/// </summary>
internal static class Forms
{
    /// <summary>On a reasoning part: its signature was on the part before it.</summary>
    public const int SignsPartBefore = 1 << 16;

    /// <summary>On a part: <c>"thought": false</c> was written out.</summary>
    public const int ThoughtFalse = 1 << 17;

    /// <summary>On a call or result: the whole object is in the extras, since it has members without a neutral name.</summary>
    public const int InExtras = 1 << 18;

    /// <summary>On a call: <c>"args": null</c>; on a result: <c>"response": null</c>. Both mean the same as a missing member.</summary>
    public const int ContentNull = 1 << 19;

    /// <summary>On a message or response: the role was not written, or is not the implied one.</summary>
    public const int NoRole = 1 << 0;
    public const int RoleUser = 1 << 1;
    public const int RoleModel = 1 << 2;
    public const int RoleFunction = 1 << 3;
    public const int RoleTool = 1 << 12;

    /// <summary>On a message: no <c>parts</c>; one object instead of a list (ProtoJSON accepts it).</summary>
    public const int NoParts = 1 << 4;
    public const int PartsObject = 1 << 5;

    /// <summary>On a choice: no <c>content</c>; no <c>index</c>; no <c>finishReason</c> or one in the extras.</summary>
    public const int NoContent = 1 << 6;
    public const int NoIndex = 1 << 7;
    public const int FinishInExtras = 1 << 8;

    /// <summary>On a choice for a blocked prompt, which is not a candidate.</summary>
    public const int PromptBlock = 1 << 9;

    /// <summary>On a response or frame: no <c>candidates</c>; an empty list.</summary>
    public const int NoCandidates = 1 << 10;

    /// <summary>On a response: chunks in a JSON array, a stream without <c>alt=sse</c> (<c>vertexai-generatecontent-one-basic-ca903b</c>).</summary>
    public const int Array = 1 << 11;
}
