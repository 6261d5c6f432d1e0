using Nano.Json;

namespace Nano.Providers.Echo;

/// <summary>
/// The response of <c>nano/echo</c> to a request, cut to its token limit and stop sequences. The same request has the same
/// response, except for the id and time of the message around it.
/// </summary>
internal sealed class EchoResponse
{
    /// <summary>Decoded bytes after which nothing more can be within <see cref="EchoTokens.MaxOutput"/>.</summary>
    private const int MaxBytes = EchoTokens.MaxOutput * EchoTokens.MaxBytes;

    private int _left;

    /// <summary>UTF-8; empty if the request has no effort.</summary>
    public byte[] Reasoning { get; private set; } = [];

    /// <summary>UTF-8.</summary>
    public byte[] Text { get; private set; } = [];

    public List<EchoCall> Calls { get; } = [];

    public bool CutByLimit { get; private set; }

    public int ReasoningTokens { get; private set; }

    /// <summary>The number of tokens in the response, including reasoning.</summary>
    public int Tokens { get; private set; }

    public static EchoResponse To(EchoRequest request, CancellationToken cancellationToken)
    {
        var answer = new EchoResponse { _left = request.MaxTokens };
        using var draft = new JsonOutput();
        var called = request.Tools.CalledBy(request.Conversation, cancellationToken);
        if (request.Reasons)
        {
            Reason(request.Conversation, called, draft);
            answer.Reasoning = answer.Take(draft.WrittenSpan);
            answer.ReasoningTokens = answer.Tokens;
            draft.Clear();
        }
        if (called.Count > 0)
        {
            foreach (var tool in called)
            {
                // Every call may generate a value for a large schema.
                cancellationToken.ThrowIfCancellationRequested();
                answer.Call(tool, request.Conversation);
            }
            return answer;
        }
        Say(request, draft);
        answer.Text = answer.Take(BeforeStop(draft.WrittenSpan, request.Stops));
        return answer;
    }

    private void Call(EchoTool tool, EchoConversation conversation)
    {
        if (_left == 0)
        {
            CutByLimit = true;
            return;
        }
        _left--; // the name
        Tokens++;
        using var arguments = new JsonOutput();
        if (!tool.Custom) SchemaSample.Write(tool.Parameters, arguments);
        else foreach (var text in conversation.UserTexts) AppendDecoded(text, arguments);
        Calls.Add(new EchoCall(tool, $"call_echo_{conversation.Turns}_{Calls.Count}", Take(arguments.WrittenSpan)));
    }

    private byte[] Take(ReadOnlySpan<byte> text)
    {
        var (tokens, bytes) = EchoTokens.Take(text, _left);
        Tokens += tokens;
        _left -= tokens;
        CutByLimit |= bytes < text.Length;
        return text[..bytes].ToArray();
    }

    private static ReadOnlySpan<byte> BeforeStop(ReadOnlySpan<byte> text, IReadOnlyList<byte[]> stops)
    {
        foreach (var stop in stops)
            if (stop.Length > 0 && text.IndexOf(stop) is >= 0 and var at) text = text[..at];
        return text;
    }

    private static void Reason(EchoConversation conversation, List<EchoTool> called, JsonOutput draft)
    {
        if (called.Count > 0) draft.Bytes("There are tools, so I call one before I respond."u8);
        else if (conversation.ToolResults.Count > 0) draft.Bytes("The tools have returned results, so I repeat them."u8);
        else draft.Bytes("I am an echo, so I repeat your message."u8);
    }

    private static void Say(EchoRequest request, JsonOutput draft)
    {
        if (request.Schema.IsPresent)
        {
            SchemaSample.Write(request.Schema, draft);
        }
        else if (request.JsonObject)
        {
            using var text = new JsonOutput();
            Echo(request.Conversation, text);
            draft.BeginObject();
            draft.Name("echo"u8);
            draft.BeginText();
            draft.AppendUtf8(text.WrittenSpan);
            draft.EndText();
            draft.EndObject();
        }
        else
        {
            Echo(request.Conversation, draft);
        }
    }

    private static void Echo(EchoConversation conversation, JsonOutput draft)
    {
        draft.Bytes("Nano is working."u8);
        if (conversation.ToolResults.Count > 0)
        {
            draft.Bytes(" The tools returned:"u8);
            foreach (var result in conversation.ToolResults)
            {
                draft.Bytes("\n- "u8);
                AppendDecoded(result.Name, draft);
                draft.Bytes(": "u8);
                foreach (var text in result.Texts) AppendDecoded(text, draft);
            }
            return;
        }
        EchoMedia.Describe(conversation.UserMedia, draft);
        draft.Bytes(conversation.UserTexts.Count == 0 ? " You said nothing."u8 : " You said: "u8);
        for (var i = 0; i < conversation.UserTexts.Count; i++)
        {
            if (i > 0) draft.Bytes("\n"u8);
            AppendDecoded(conversation.UserTexts[i], draft);
        }
    }

    /// <summary>Appends the text without escapes; text beyond every limit is dropped.</summary>
    internal static void AppendDecoded(JsonText text, JsonOutput draft)
    {
        var escaped = text.Span;
        if (draft.Length >= MaxBytes) return;
        if (escaped.Length > MaxBytes * JsonEscaping.MaxExpansion) escaped = escaped[..(MaxBytes * JsonEscaping.MaxExpansion)];
        draft.Advance(JsonEscaping.Unescape(escaped, draft.GetSpan(escaped.Length)));
    }
}

/// <summary>A tool call; the arguments are UTF-8, cut where the response is cut.</summary>
internal sealed record EchoCall(EchoTool Tool, string Id, byte[] Arguments);
