using System.Text;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>
/// Ids that are a person's address: Anthropic refuses them with a 400 ("metadata.user_id: user_id appears to contain an
/// email address", BerriAI/litellm#10106; phone numbers likewise, https://platform.claude.com/docs/en/api/messages).
/// </summary>
internal static class PersonalId
{
    /// <summary>The lengths of the shortest and the longest phone number (ITU-T E.164).</summary>
    private const int LeastDigits = 7, MostDigits = 15;

    public static bool IsPersonal(JsonText id)
    {
        ReadOnlySpan<byte> text = id.HasEscapes ? Encoding.UTF8.GetBytes(id.ToString()) : id.Span;
        return IsEmail(text) || IsPhone(text);
    }

    /// <summary>Whether the text contains an email address: characters before an @, and a name with a dot after it.</summary>
    private static bool IsEmail(ReadOnlySpan<byte> text)
    {
        for (var rest = text; rest.IndexOf((byte)'@') is >= 0 and var at; rest = rest[(at + 1)..])
        {
            if (at == 0 || rest[at - 1] == (byte)' ') continue;
            var host = rest[(at + 1)..];
            if (host.IndexOfAny(" @"u8) is >= 0 and var end) host = host[..end];
            if (host.IndexOf((byte)'.') is > 0 and var dot && dot < host.Length - 1) return true;
        }
        return false;
    }

    /// <summary>Whether the whole text is a phone number: digits and common separators.</summary>
    private static bool IsPhone(ReadOnlySpan<byte> text)
    {
        if (text.IndexOfAnyExcept("+0123456789 ().-"u8) >= 0) return false;
        var digits = 0;
        foreach (var one in text)
            if (one is >= (byte)'0' and <= (byte)'9') digits++;
        return digits is >= LeastDigits and <= MostDigits;
    }
}
