using Nano.Errors;

namespace Nano.Routing;

/// <summary>
/// Assigns failures to classes, as data: the first matching row decides. Providers use one status for several failures (429 for a rate
/// per minute or an account without credit, 400 for anything), so codes, types and, if there is no code, messages count.
/// </summary>
internal static class FailureTable
{
    /// <summary>One row. A condition that is not set matches everything.</summary>
    internal sealed record Row(FailureClass Class)
    {
        public GatewayErrorKind[] Kinds { get; init; } = [];

        public int[] Statuses { get; init; } = [];

        /// <summary>The error's code or type is one of these, without regard to case.</summary>
        public string[] Words { get; init; } = [];

        /// <summary>The error's message contains one of these, without regard to case.</summary>
        public string[] Phrases { get; init; } = [];

        /// <summary>The error's message also contains this, without regard to case.</summary>
        public string Names { get; init; } = "";

        /// <summary>The error has no <c>Retry-After</c>.</summary>
        public bool WithoutRetryAfter { get; init; }

        /// <summary>A rule that other code shares.</summary>
        public Func<GatewayError, bool>? Test { get; init; }

        public bool Fits(GatewayError error) =>
            (Kinds.Length == 0 || Array.IndexOf(Kinds, error.Kind) >= 0)
            && (Statuses.Length == 0 || Array.IndexOf(Statuses, error.Status) >= 0)
            && (!WithoutRetryAfter || error.RetryAfter is null)
            && Test?.Invoke(error) != false
            && (Words.Length == 0 || Array.Exists(Words,
            word => word.Equals(error.Code, StringComparison.OrdinalIgnoreCase) || word.Equals(error.Type, StringComparison.OrdinalIgnoreCase)))
            && error.Message.Contains(Names, StringComparison.OrdinalIgnoreCase)
            && (Phrases.Length == 0 || Array.Exists(Phrases, phrase => error.Message.Contains(phrase, StringComparison.OrdinalIgnoreCase)));
    }

    private static readonly GatewayErrorKind[] Refusals = [GatewayErrorKind.ProviderRejected, GatewayErrorKind.ProviderLimited, GatewayErrorKind.ProviderFailed];

    /// <summary>Codes and types of an account whose quota or money is spent, which no retry within a minute fixes; providers return 429 for that, too.</summary>
    public static string[] SpentWords { get; } =
    [
        "insufficient_quota", "insufficient_user_quota", "insufficient_balance", "insufficient_credits", "quota_exceeded", "exceeded_current_quota_error",
        "daily_quota_exceeded", "credit_limit_exceeded", "billing_hard_limit_reached", "billing_error", "billing_not_active",
    ];

    public static IReadOnlyList<Row> Rows { get; } =
    [
        new(FailureClass.Timeout) { Kinds = [GatewayErrorKind.ProviderTimeout] },
        new(FailureClass.Quota) { Kinds = [.. Refusals, GatewayErrorKind.ProviderAuthFailed], Words = SpentWords },
        new(FailureClass.Quota) { Kinds = Refusals, Statuses = [402] },
        new(FailureClass.Quota) { Kinds = [.. Refusals, GatewayErrorKind.ProviderAuthFailed],
            Phrases = ["credit balance is too low", "insufficient balance", "insufficient credits", "out of credits"] },
        // Google uses the same text for its limits per minute, but then sends Retry-After.
        new(FailureClass.Quota) { Kinds = Refusals, Phrases = ["exceeded your current quota"], WithoutRetryAfter = true },
        new(FailureClass.Key) { Kinds = [GatewayErrorKind.ProviderAuthFailed, GatewayErrorKind.NotConfigured] },
        new(FailureClass.Key) { Kinds = Refusals, Statuses = [400], Phrases = ["incorrect api key", "invalid api key", "api key not valid"] },
        new(FailureClass.ContextLength) { Test = ContextOverflow.Is },
        // Too many bytes or characters: another provider may accept them.
        new(FailureClass.ContextLength) { Kinds = Refusals, Words = ["request_too_large", "string_above_max_length"] },
        new(FailureClass.ContextLength) { Kinds = Refusals, Statuses = [413] },
        new(FailureClass.ContentFilter)
            { Kinds = Refusals, Words = ["content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation", "moderation_blocked", "data_inspection_failed"] },
        new(FailureClass.ContentFilter) { Kinds = Refusals, Statuses = [400, 403, 422],
            Phrases = ["content management policy", "content filtering policy", "content policy", "safety system", "responsible ai",
                "content violates usage guidelines", "input was flagged"] },
        new(FailureClass.State) { Kinds = Refusals, Words = ["invalid_encrypted_content"] },
        new(FailureClass.State) { Kinds = Refusals, Statuses = [400], Phrases = ["`signature` in `thinking`", "encrypted content", "thought signature", "thought_signature"] },
        new(FailureClass.NotFound) { Kinds = [GatewayErrorKind.NotFound] },
        new(FailureClass.NotFound) { Kinds = Refusals, Words = ["model_not_found", "DeploymentNotFound", "deployment_not_found", "model_decommissioned", "invalid_model"] },
        // For a model that they do not have, OpenRouter and Voyage return a 400 without a code.
        new(FailureClass.NotFound) { Kinds = Refusals, Statuses = [400], Phrases = ["model identifier is invalid", "supported models are"] },
        new(FailureClass.NotFound) { Kinds = Refusals, Statuses = [400], Phrases = ["does not exist"], Names = "model " },
        // OpenAI has the model, but not for this API.
        new(FailureClass.NotFound) { Kinds = Refusals, Statuses = [403], Phrases = ["not allowed to sample from this model"] },
        new(FailureClass.NotFound) { Kinds = [GatewayErrorKind.ProviderRejected], Statuses = [404, 410] },
        new(FailureClass.Unsupported) { Words = ["lossy_conversion"] },
        new(FailureClass.Unsupported) { Kinds = Refusals, Statuses = [400, 422], Words = ["unsupported_parameter", "unsupported_value", "unsupported_model"] },
        new(FailureClass.Unsupported) { Kinds = Refusals, Words = ["not_supported_error"] },
        new(FailureClass.Unsupported) { Kinds = Refusals, Statuses = [400, 422],
            Phrases = ["does not support", "doesn't support", "is not supported", "are not supported", "not supported with this model", "unsupported parameter",
                "not enabled for"] },
        new(FailureClass.RateLimit) { Kinds = Refusals, Statuses = [429] },
        new(FailureClass.RateLimit) { Kinds = Refusals, Words = ["rate_limit_error", "rate_limit_exceeded", "throttlingException"] },
        new(FailureClass.Unavailable) { Kinds = [GatewayErrorKind.ProviderLimited, GatewayErrorKind.ProviderFailed, GatewayErrorKind.ProviderUnreachable] },
        new(FailureClass.Unavailable) { Kinds = [GatewayErrorKind.ProviderRejected], Statuses = [408, 409, 425, 498, 499] },
        new(FailureClass.Rejected) { Kinds = [GatewayErrorKind.ProviderRejected] },
        new(FailureClass.Gateway),
    ];

    public static FailureClass Classify(GatewayError error)
    {
        foreach (var row in Rows) if (row.Fits(error)) return row.Class;
        return FailureClass.Gateway;
    }
}
