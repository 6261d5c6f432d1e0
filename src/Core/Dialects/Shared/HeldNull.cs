using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// The first fragments of a streamed call's arguments. Some models write <c>null</c> for "no arguments", so text that may begin it is held back.
/// </summary>
internal sealed class HeldNull
{
    /// <summary>How many bytes of <c>null</c> are held back.</summary>
    private int _held;

    /// <summary>There are arguments, and nothing is held back.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>At the end: text that was held back and is not the whole <c>null</c>; absent if there is none.</summary>
    public JsonText Rest => HasBegun || _held is 0 or 4 ? default : Held;

    private JsonText Held => new("null"u8[.._held].ToArray());

    /// <summary>Holds a fragment back, or returns false.</summary>
    /// <param name="before">What was held back before the fragment and must be sent first; absent if there is nothing.</param>
    public bool TryHold(JsonText fragment, out JsonText before)
    {
        before = default;
        if (HasBegun) return false;
        if ("null"u8[_held..].StartsWith(fragment.Span))
        {
            _held += fragment.Span.Length;
            return true;
        }
        HasBegun = true;
        if (_held > 0) before = Held;
        return false;
    }
}
