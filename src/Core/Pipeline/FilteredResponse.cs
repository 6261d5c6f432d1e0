using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>
/// Responses with a success status that the provider's filter ended before any content (a blocked prompt at Gemini, a refusal at Anthropic). If a fallback
/// of the route plan takes over refused content, they are failures of their attempt; otherwise the caller gets them as they are.
/// </summary>
internal static class FilteredResponse
{
    public static GatewayError? Find(Attempt attempt, ChatResponse response) =>
        attempt.HandsOverRefusals && HasNothing(response) ? Error(attempt) : null;

    /// <param name="finish">Read from the body by a tap.</param>
    public static GatewayError? Find(Attempt attempt, FinishReason finish, ReadOnlyMemory<byte> body) =>
        attempt.HandsOverRefusals && IsFiltered(finish) && attempt.Dialect.TryReadResponse(body, attempt.Route!.Usage, attempt.Provider.Id).Response is { } response
            ? Find(attempt, response) : null;

    /// <summary>The same for a stream that has ended.</summary>
    public static GatewayError? Find(Attempt attempt, IEventRelay events) =>
        attempt is { HandsOverRefusals: true, IsCommitted: false } && events.ContentEvents == 0 && IsFiltered(events.Finish)
            && events.Finishes?.All(static finish => finish == FinishReason.None || IsFiltered(finish)) != false ? Error(attempt) : null;

    /// <summary>The filter has left nothing of any choice.</summary>
    internal static bool HasNothing(ChatResponse response) =>
        response.Choices.Count > 0 && response.Choices.TrueForAll(static choice => IsFiltered(choice.Finish) && choice.Message.Parts.TrueForAll(IsEmpty));

    private static bool IsFiltered(FinishReason finish) => finish is FinishReason.ContentFilter or FinishReason.Refusal;

    /// <summary>Anthropic explains a refusal.</summary>
    private static bool IsEmpty(ContentPart part) => part is TextPart { Text.HasValue: false } or ReasoningPart or RefusalPart;

    private static GatewayError Error(Attempt attempt) =>
        new(GatewayErrorKind.ProviderRejected, 400, $"The content filter of provider '{attempt.Provider.Id}' refused the request.")
        {
            Provider = attempt.Provider.Id,
            Code = "content_filter",
        };
}
