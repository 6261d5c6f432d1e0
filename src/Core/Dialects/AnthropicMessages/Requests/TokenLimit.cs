using System.Text;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>
/// Lowers <c>max_tokens</c> to what a model of another dialect has. The member is mandatory here, so clients send their own default, up to 128000, for models that they do
/// not know ("max_tokens is too large: 50000. This model supports at most 32768 completion tokens", anomalyco/opencode#140). In other dialects only a caller with a wish
/// sends it.
/// </summary>
internal static class TokenLimit
{
    /// <param name="traits">Where they have no limit, the caller's is sent.</param>
    public static void Run(ChatRequest request, ModelTraits? traits, LossReport losses)
    {
        if (traits?.MaxOutputTokens is not { } most || request.Sampling.MaxTokens.AsInt64() is not { } asked || asked <= most) return;
        losses.Emulate("max_tokens");
        request.Sampling.MaxTokens = new JsonSlice(Encoding.ASCII.GetBytes(most.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        // A budget is a part of the limit, and is below it in every valid request.
        if (request.Reasoning is not { BudgetTokens: { } budget } wish || budget < most) return;
        losses.Emulate("thinking");
        request.Reasoning = wish.WithBudget(most / 2);
    }
}
