using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>
/// The members of a request that its response object repeats. Instructions and tools are excluded: they are most of a request, and a
/// stream would repeat them three times.
/// </summary>
internal static class RequestMembers
{
    /// <summary>The maximum length of a value in bytes; longer values are omitted.</summary>
    private const int MaxLength = 16 * 1024;

    /// <summary>Each member with its default; null: omitted if the request does not have it.</summary>
    private static readonly (byte[] Name, byte[]? Default)[] Repeated =
    [
        ("parallel_tool_calls"u8.ToArray(), "true"u8.ToArray()),
        ("tool_choice"u8.ToArray(), "\"auto\""u8.ToArray()),
        ("temperature"u8.ToArray(), "null"u8.ToArray()),
        ("top_p"u8.ToArray(), "null"u8.ToArray()),
        ("max_output_tokens"u8.ToArray(), "null"u8.ToArray()),
        ("max_tool_calls"u8.ToArray(), null),
        ("top_logprobs"u8.ToArray(), null),
        ("reasoning"u8.ToArray(), "{\"effort\":null,\"summary\":null}"u8.ToArray()),
        ("text"u8.ToArray(), "{\"format\":{\"type\":\"text\"}}"u8.ToArray()),
        ("truncation"u8.ToArray(), "\"disabled\""u8.ToArray()),
        ("metadata"u8.ToArray(), "{}"u8.ToArray()),
        ("prompt_cache_key"u8.ToArray(), null),
        ("safety_identifier"u8.ToArray(), null),
        ("user"u8.ToArray(), "null"u8.ToArray()),
    ];

    /// <summary>The members for an unknown request.</summary>
    public static byte[] Defaults { get; } = Copy(default);

    /// <summary>JSON members, without the object around them.</summary>
    public static byte[] Copy(JsonSlice request)
    {
        using var output = new JsonOutput(512);
        foreach (var (name, absent) in Repeated)
        {
            var value = request.IsObject ? request.Member(name) : default;
            if (value.HasValue && value.Span.Length > MaxLength) continue;
            if (!value.HasValue && absent is null) continue;
            output.Name(name);
            if (value.HasValue) output.Raw(value);
            else output.Raw(absent);
        }
        // The values for a provider that does not store responses.
        output.Raw("\"instructions\":null,\"tools\":[],\"previous_response_id\":null,\"background\":false,\"store\":false"u8);
        return output.WrittenSpan.ToArray();
    }
}
