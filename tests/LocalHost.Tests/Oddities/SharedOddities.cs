using static Nano.LocalHost.Tests.Oddities.Claims;

namespace Nano.LocalHost.Tests.Oddities;

/// <summary>Oddities that responses of several dialects have, as wire/INDEX.md codes them.</summary>
internal static class SharedOddities
{
    public static IReadOnlyDictionary<string, OddityClaim> Claims { get; } = new Dictionary<string, OddityClaim>
    {
        ["astral_char_raw"] = Same,
        ["non_latin_script_raw"] = Same,
        ["error_code_int"] = Told,
        ["error_code_null"] = SameOrTold,
        ["error_details_rpc"] = Told,
        ["rate_limited_429"] = Both(Told, If(c => (int)c.Reply.Status == 429, "the status is not 429")),
        ["sse_extra_blank_lines"] = Same,
        ["sse_no_blank_line_at_end"] = Same,
        ["very_short_stream"] = Same,
    };
}
