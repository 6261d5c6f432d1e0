using Nano.Dialects.OpenAIResponses.Tools;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses;

/// <summary>The request members that a response must repeat, and the names of calls for its caller.</summary>
/// <param name="tools">The caller's tools by the names that the model knows; null if both use the same names.</param>
/// <param name="members">JSON members of the response object (<see cref="Requests.RequestMembers"/>).</param>
/// <param name="wantsLogprobs">The caller asked for log probabilities.</param>
internal sealed class ResponsesMemo(IReadOnlyDictionary<string, CallerTool>? tools, byte[] members, bool wantsLogprobs) : RequestMemo
{
    public ReadOnlySpan<byte> Members => members;

    public bool WantsLogprobs => wantsLogprobs;

    /// <summary>The caller's tool for a call's name; null if the name needs no translation.</summary>
    public CallerTool? Find(JsonText name) => tools?.GetValueOrDefault(name.ToString());
}
