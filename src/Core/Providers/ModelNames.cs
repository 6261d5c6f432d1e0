namespace Nano.Providers;

/// <summary>Compares model names, for state that only the same model understands.</summary>
internal static class ModelNames
{
    /// <summary>
    /// A dated name and the alias without the date are one model (<c>claude-haiku-5-5-20261001</c>, <c>gpt-6-2026-09-29</c>,
    /// Vertex AI's <c>claude-haiku-5-5@20261001</c>, <c>-latest</c>); every other difference makes two.
    /// </summary>
    public static string WithoutDate(string model)
    {
        var name = model.AsSpan();
        if (EndsWithDate(name, out var rest) || EndsWithWord(name, "latest", out rest) || EndsWithWord(name, "default", out rest)) name = rest;
        return name.ToString().ToLowerInvariant();
    }

    /// <summary>Whether two names are equal, ignoring case and Google's folder (<c>models/gemini-3.1-pro</c>).</summary>
    public static bool AreSame(string model, string answered) => WithoutFolder(answered).Equals(WithoutFolder(model), StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The model in the response is a dated snapshot of the requested model: with a full date, or with the four digits that providers use
    /// (<c>gpt-4-0613</c>, <c>grok-2-1212</c>) directly after the requested name.
    /// </summary>
    public static bool IsSnapshot(string asked, string answered)
    {
        var (name, other) = (WithoutFolder(asked).ToLowerInvariant(), WithoutFolder(answered).ToLowerInvariant());
        if (WithoutDate(name) == WithoutDate(other)) return true;
        // Not after an alias without its '-latest': at Mistral such a number names another model.
        return other.Length == name.Length + 5 && other.StartsWith(name, StringComparison.Ordinal) && other[name.Length] == '-'
            && !other.AsSpan(name.Length + 1).ContainsAnyExceptInRange('0', '9');
    }

    public static string WithoutFolder(string model) => model.StartsWith("models/", StringComparison.Ordinal) ? model["models/".Length..] : model;

    private static bool EndsWithDate(ReadOnlySpan<char> name, out ReadOnlySpan<char> rest)
    {
        var dashed = name.Length > 10 && name[^3] == '-' && name[^6] == '-';
        var length = dashed ? 10 : 8;
        rest = name;
        if (name.Length < length + 2 || name[^(length + 1)] is not ('-' or '@')) return false;
        var date = name[^length..];
        for (var i = 0; i < length; i++)
            if (!(dashed && i is 4 or 7) && !char.IsAsciiDigit(date[i])) return false;
        if (!date.StartsWith("20")) return false;
        rest = name[..^(length + 1)];
        return true;
    }

    private static bool EndsWithWord(ReadOnlySpan<char> name, string word, out ReadOnlySpan<char> rest)
    {
        rest = name;
        if (name.Length < word.Length + 2 || !name.EndsWith(word, StringComparison.OrdinalIgnoreCase) || name[^(word.Length + 1)] is not ('-' or '@')) return false;
        rest = name[..^(word.Length + 1)];
        return true;
    }
}
