namespace Nano.Chat;

/// <summary>
/// The finish reasons of a response's choices, by their index. Nearly all responses have one choice, which needs no memory of its own. Mutable: keep it in a
/// field. Not thread safe.
/// </summary>
internal struct ChoiceFinishes
{
    /// <summary>OpenAI's limit of <c>n</c>, the highest of all APIs. The index of a choice is the provider's: it must not decide how much memory is taken.</summary>
    private const int MaxChoices = 128;

    private FinishReason _first;
    private bool _hasFailure;
    private FinishReason[]? _all;

    /// <summary>The reason of the response: a failure of any choice, or else the reason of the first choice that has one.</summary>
    public readonly FinishReason First
    {
        get
        {
            if (_hasFailure) return FinishReason.Error;
            return _first != FinishReason.None || _all is null ? _first : Array.Find(_all, static reason => reason != FinishReason.None);
        }
    }

    /// <summary>The reason of each choice by its index, <see cref="FinishReason.None"/> for one that has not ended; null if only the first choice has ended.</summary>
    public readonly IReadOnlyList<FinishReason>? All => _all;

    /// <summary>The last reason of a choice applies. A choice without an index (-1) is the first.</summary>
    public void Set(long choice, FinishReason reason)
    {
        if (reason == FinishReason.None) return;
        _hasFailure |= reason == FinishReason.Error;
        if (choice <= 0) _first = reason;
        if (choice >= MaxChoices || (choice <= 0 && _all is null)) return;
        var index = (int)Math.Max(choice, 0);
        if (_all is null || _all.Length <= index) Array.Resize(ref _all, index + 1);
        _all[index] = reason;
        _all[0] = _first;
    }
}
