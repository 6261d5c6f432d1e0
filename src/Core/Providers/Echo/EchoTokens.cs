namespace Nano.Providers.Echo;

/// <summary>
/// The token rule of <c>nano/echo</c>: a token is a word with the white space before it, and at most 16 bytes of UTF-8;
/// longer words count one token per 16 bytes or part of them, cut between characters. An image, a sound or a file is one token.
/// </summary>
internal static class EchoTokens
{
    /// <summary>The model's maximum output: the most tokens of one response, whatever the request asks for.</summary>
    public const int MaxOutput = 16_384;

    /// <summary>The longest token in bytes.</summary>
    public const int MaxBytes = 16;

    /// <summary>Length in bytes of the token that <paramref name="utf8"/> begins with; 0 for the empty text.</summary>
    public static int Next(ReadOnlySpan<byte> utf8)
    {
        var end = Math.Min(utf8.Length, MaxBytes + 1);
        var at = 0;
        while (at < end && IsSpace(utf8[at])) at++;
        while (at < end && !IsSpace(utf8[at])) at++;
        if (at <= MaxBytes) return at;
        at = MaxBytes;
        while (at > 0 && (utf8[at] & 0xC0) == 0x80) at--;
        return at > 0 ? at : MaxBytes;
    }

    public static int Count(ReadOnlySpan<byte> utf8) => Take(utf8, int.MaxValue).Tokens;

    /// <summary>The first <paramref name="max"/> tokens, and their length in bytes.</summary>
    public static (int Tokens, int Bytes) Take(ReadOnlySpan<byte> utf8, int max)
    {
        var (tokens, bytes) = (0, 0);
        for (; bytes < utf8.Length && tokens < max; tokens++) bytes += Next(utf8[bytes..]);
        return (tokens, bytes);
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';
}
