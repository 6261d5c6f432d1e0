using Nano.Json;

namespace Nano.Dialects.Gemini;

/// <summary>
/// <c>{"thought":true}</c>: an empty part. Chats of Google's SDKs keep a streamed turn only if each of its events has a part that is not empty
/// (<c>findings/google-genai-chat-history.sh</c>), so events without content have this part: keep-alives, and an end after an image.
/// Clients return it with the turn. It is then omitted without a loss, because Google would refuse it.
/// </summary>
internal static class BareThought
{
    private static ReadOnlySpan<byte> Name => "\"thought\""u8;

    /// <summary>Whether a body may contain one: <c>"thought"</c> as the first member of an object.</summary>
    public static bool MayBeIn(ReadOnlySpan<byte> body)
    {
        for (int at; (at = body.IndexOf(Name)) >= 0; body = body[(at + Name.Length)..])
            if (body[..at].TrimEnd(" \t\r\n"u8).EndsWith("{"u8)) return true;
        return false;
    }

    public static bool Is(JsonSlice part)
    {
        if (!part.IsObject || !part.Member("thought"u8).IsTrue) return false;
        var members = 0;
        var cursor = new JsonCursor(part.Memory);
        cursor.EnterObject();
        for (; cursor.NextMember(); cursor.Skip()) members++;
        return members == 1;
    }

    /// <summary>Whether a turn consists only of such parts.</summary>
    public static bool IsAll(JsonSlice content)
    {
        if (content.Member("parts"u8) is not { IsArray: true } parts) return false;
        var any = false;
        var cursor = new JsonCursor(parts.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            if (!Is(cursor.TakeValue())) return false;
            any = true;
        }
        return any;
    }

    public static void Write(JsonOutput output)
    {
        output.BeginObject();
        output.Name("thought"u8);
        output.Boolean(true);
        output.EndObject();
    }
}
