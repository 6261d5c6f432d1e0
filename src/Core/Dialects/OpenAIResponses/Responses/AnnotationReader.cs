using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Responses;

/// <summary>Reads the sources of a response's text.</summary>
internal static class AnnotationReader
{
    /// <summary>
    /// <c>{"type":"url_citation",url,title,start_index,end_index}</c>; null for a source without an address (a searched file,
    /// a file that code wrote).
    /// </summary>
    /// <param name="annotation">An element of <c>annotations</c>.</param>
    /// <param name="before">The number of UTF-16 units of the response's text before the annotation's part: positions count from the start of the part.</param>
    public static Citation? Read(JsonSlice annotation, long before)
    {
        var url = annotation.Member("url"u8).AsText();
        if (!url.HasValue) return null;
        return new Citation
        {
            Origin = OpenAIResponsesDialect.DialectName,
            Native = annotation,
            Url = url,
            Title = annotation.Member("title"u8).AsText(),
            StartIndex = Moved(annotation.Member("start_index"u8), before),
            EndIndex = Moved(annotation.Member("end_index"u8), before),
        };
    }

    private static long? Moved(JsonSlice place, long before) => place.AsInt64() is { } at and >= 0 and < int.MaxValue ? at + before : null;
}
