using System.Text;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>Which of Azure's content filters refused a request: <c>{"content_filter_result":{"hate":{"filtered":true,"severity":"high"}}}</c>.</summary>
internal static class ContentFilters
{
    /// <summary>A sentence that names the filters; null if there are none.</summary>
    public static string? Of(JsonSlice innerError)
    {
        var results = innerError.Member("content_filter_result"u8);
        if (!results.IsObject) results = innerError.Member("content_filter_results"u8);
        if (!results.IsObject) return null;
        var text = new StringBuilder();
        var cursor = new JsonCursor(results.Memory);
        cursor.EnterObject();
        while (cursor.NextMember() && text.Length < 500)
        {
            var name = cursor.Name;
            var result = cursor.TakeValue();
            if (!result.Member("filtered"u8).IsTrue) continue;
            text.Append(text.Length == 0 ? "Filtered: " : ", ").Append(name.ToString());
            if (result.Member("severity"u8).AsText() is { HasValue: true } severity) text.Append(" (").Append(severity.ToString()).Append(')');
        }
        return text.Length == 0 ? null : text.Append('.').ToString();
    }
}
