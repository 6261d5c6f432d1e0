using System.Buffers;
using System.IO.Hashing;
using System.Text;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Gives each call of a conversation a unique id that Anthropic and OpenAI accept: <c>[a-zA-Z0-9_-]</c>, at most 64 characters.
/// Valid ids are kept. The same history gives the same ids, so that prompt caches keep working.
/// </summary>
internal sealed class ToolIds
{
    private const int MaxLength = 64;

    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"u8);

    private readonly HashSet<string> _used = [];

    // The last number of each stem, so that many calls with one id do not each count from the start.
    private readonly Dictionary<string, int> _numbered = [];

    public JsonText Assign(JsonText id)
    {
        if (IsGood(id.Span, MaxLength) && _used.Add(Encoding.ASCII.GetString(id.Span))) return id;
        var stem = id.HasValue ? Clean(id) : "call";
        if (_used.Add(stem)) return JsonText.From(stem);
        var n = _numbered.GetValueOrDefault(stem, 2);
        while (!_used.Add($"{stem}_{n}")) n++;
        _numbered[stem] = n + 1;
        return JsonText.From($"{stem}_{n}");
    }

    /// <summary>1 to <paramref name="max"/> characters of the alphabet that ids and tool names share.</summary>
    public static bool IsGood(ReadOnlySpan<byte> text, int max) => text.Length > 0 && text.Length <= max && !text.ContainsAnyExcept(Alphabet);

    // Cleaning may make two ids equal; the hash of the whole id keeps them distinct and deterministic.
    private static string Clean(JsonText id)
    {
        if (IsGood(id.Span, MaxLength)) return id.ToString();
        var text = Encoding.UTF8.GetBytes(id.ToString());
        var stem = new StringBuilder();
        foreach (var b in text.AsSpan(0, Math.Min(text.Length, 32))) stem.Append(Alphabet.Contains(b) ? (char)b : '_');
        return $"{stem}_{XxHash3.HashToUInt64(text):x16}";
    }
}
