namespace Nano.Secrets;

/// <summary>Validates keys. A key is sent in a header, where a line break would begin another header.</summary>
internal static class KeyText
{
    /// <summary>What is wrong with the key, as the end of a sentence that begins with its name and never repeats it; null when it is valid.</summary>
    public static string? Problem(string key)
    {
        foreach (var c in key)
            if (c is <= ' ' or > '~') return "has a blank, a line break or a character that is not ASCII in it. Was it copied with something around it?";
        return key.Length > 1 && key[0] is '"' or '\'' && key[^1] == key[0] ? "has quotes around it that are not part of the key." : null;
    }
}
