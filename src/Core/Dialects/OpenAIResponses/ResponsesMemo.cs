using Nano.Dialects.OpenAIResponses.Tools;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses;

/// <summary>What a response must repeat of its request, and how calls are named for its caller.</summary>
/// <param name="tools">By the names that the model knows; null when these are the caller's.</param>
/// <param name="members">JSON members of the response object (<see cref="Requests.RequestMembers"/>).</param>
/// <param name="wantsLogprobs">The caller asked for log probabilities.</param>
internal sealed class ResponsesMemo(IReadOnlyDictionary<string, CallerTool>? tools, byte[] members, bool wantsLogprobs) : RequestMemo
{
    public ReadOnlySpan<byte> Members => members;

    public bool WantsLogprobs => wantsLogprobs;

    /// <summary>The tool that a call names; null when its name means what it is.</summary>
    public CallerTool? Find(JsonText name) => tools?.GetValueOrDefault(name.ToString());
}
