using System.Text.Json;

namespace Nano.Json;

/// <summary>
/// Comparisons of the token under a reader. The methods of <c>Utf8JsonReader</c> (<c>ValueTextEquals</c>, <c>GetString</c>,
/// <c>CopyString</c>) raise <see cref="InvalidOperationException"/> on half a surrogate pair, which callers and providers
/// can send. They are banned in this project.
/// </summary>
internal static class JsonReading
{
    /// <summary>Compares the decoded name or string under the reader. Half a surrogate pair equals nothing.</summary>
    public static bool TextIs(this scoped in Utf8JsonReader reader, ReadOnlySpan<byte> utf8) =>
        reader.ValueIsEscaped ? JsonEscaping.Is(reader.ValueSpan, utf8) : reader.ValueSpan.SequenceEqual(utf8);
}
