using System.Globalization;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>The HTTP status that matches an error inside a 200 response, from the number or the code that it contains.</summary>
internal static class ErrorStatus
{
    /// <summary>The members in which providers send a status, the most specific one first.</summary>
    private static readonly byte[][] Members =
        [.. new[] { "status", "status_code", "statusCode", "http_status", "httpStatus", "http_code", "error_code", "code" }.Select(System.Text.Encoding.UTF8.GetBytes)];

    /// <summary>A number from 400 to 599 (also as text: <c>"400"</c>) in one of the members that contain a status; null if there is none.</summary>
    public static int? Numeric(JsonSlice holder)
    {
        foreach (var name in Members)
            if (Number(holder.Member(name)) is { } status) return status;
        return null;
    }

    /// <summary>The status that matches an error code or type; null for an unknown one. Case and separators are ignored.</summary>
    public static int? OfWord(string? word)
    {
        if (word is null) return null;
        Span<char> letters = stackalloc char[64];
        var length = 0;
        foreach (var c in word)
        {
            if (length == letters.Length) return null;
            if (char.IsAsciiLetter(c)) letters[length++] = char.ToLowerInvariant(c);
            else if (c is not ('_' or '-' or ' ' or '.')) return null;
        }
        var text = letters[..length];
        if (text.EndsWith("error") && text.Length > "error".Length) text = text[..^"error".Length];
        return text switch
        {
            "invalidrequest" or "invalidargument" or "invalidprompt" or "invalidvalue" or "invalidtype" or "invalidparameter" or "badrequest" or "validation"
                or "unprocessableentity" or "contextlengthexceeded" or "contentfilter" or "contentpolicyviolation" or "unsupportedparameter" or "unsupportedvalue"
                or "missingrequiredparameter" or "failedprecondition" or "outofrange" or "stringabovemaxlength" => 400,
            "authentication" or "unauthenticated" or "unauthorized" or "invalidapikey" or "invalidauthentication" => 401,
            "billing" or "insufficientbalance" or "paymentrequired" => 402,
            "permission" or "permissiondenied" or "forbidden" => 403,
            "notfound" or "modelnotfound" => 404,
            "requesttoolarge" or "payloadtoolarge" => 413,
            "ratelimit" or "ratelimitexceeded" or "ratelimitreached" or "toomanyrequests" or "resourceexhausted" or "insufficientquota" or "quotaexceeded" => 429,
            "overloaded" or "engineoverloaded" or "serviceunavailable" or "unavailable" or "capacityexceeded" => 503,
            "timeout" or "deadlineexceeded" or "vectorstoretimeout" => 504,
            _ => null,
        };
    }

    /// <summary>The status of an error inside a 200 response: its number, else what its code or type means, else 502.</summary>
    public static int Of(in ErrorDetails details) => details.Status ?? OfWord(details.Code) ?? OfWord(details.Type) ?? 502;

    private static int? Number(JsonSlice value)
    {
        var number = value.AsInt64();
        if (number is null && value.AsText() is { HasValue: true, Span.Length: 3 } text
            && int.TryParse(text.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)) number = parsed;
        return number is >= 400 and <= 599 ? (int)number : null;
    }
}
