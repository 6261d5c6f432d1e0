using Nano.Dialects.AnthropicMessages.Requests;
using Nano.Dialects.Shared;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects.AnthropicMessages;

/// <summary>
/// Messages keeps state in the <c>signature</c> of <c>thinking</c> blocks, the <c>data</c> of <c>redacted_thinking</c> blocks, and
/// in the ids of tool calls. A block with another model's state is removed as a whole: without a signature it would be refused. For the
/// same reason a <c>thinking</c> block with an empty signature is removed (case 16); callers receive other providers' reasoning without
/// state in that form. What remains may be a loop that Anthropic refuses (<see cref="UnreasonedLoop"/>).
/// </summary>
internal sealed class SealedState(JsonOutput output) : SealedStateRemover(output)
{
    /// <summary>The name of a removed unsigned block in the loss report.</summary>
    internal const string Unsigned = "messages.content.thinking";

    private bool _isUnreasoned;

    private static ReadOnlySpan<byte> Signature => "\"signature\""u8;

    public static bool MayContain(ReadOnlySpan<byte> body) => MayContainState(body) || UnreasonedLoop.MayBe(body);

    protected override bool MayHold(ReadOnlySpan<byte> value) => MayContainState(value);

    private static bool MayContainState(ReadOnlySpan<byte> value) => StateSeal.IndexOf(value) >= 0 || HasEmptySignature(value);

    protected override void Request(ReadOnlyMemory<byte> body)
    {
        _isUnreasoned = UnreasonedLoop.Is(body, IsKept);
        TopLevel(body, "messages"u8, messages => Elements(messages, Message));
    }

    protected override bool TopLevelMember(JsonText name, JsonSlice value)
    {
        if (!_isUnreasoned) return false;
        if (!name.Is("thinking"u8)) return name.Is("context_management"u8) && UnreasonedLoop.TryWriteEdits(name, value, Output);
        Lose(UnreasonedLoop.Lost);
        return true;
    }

    private void Message(JsonSlice message)
    {
        // A turn with only foreign state would have no content left, which is refused.
        if (message.Member("content"u8) is { IsArray: true } content && OnlySealed(content)) return;
        Members(message, (name, value) =>
        {
            if (!name.Is("content"u8) || !value.IsArray) return false;
            Output.Name(name);
            Elements(value, Block);
            return true;
        });
    }

    private void Block(JsonSlice block)
    {
        if (IsReasoning(block) && IsSealed(block)) return;
        if (IsUnsigned(block))
        {
            Lose(Unsigned);
            return;
        }
        Members(block, (name, value) =>
            name.Is("tool_use_id"u8) ? Id(name, value, isCall: false) : name.Is("id"u8) && Id(name, value, isCall: true));
    }

    private bool OnlySealed(JsonSlice content)
    {
        bool any = false, anyUnsigned = false;
        var cursor = new JsonCursor(content.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var block = cursor.TakeValue();
            var isUnsigned = IsUnsigned(block);
            if (!isUnsigned && !IsReasoning(block)) return false;
            (any, anyUnsigned) = (true, anyUnsigned || isUnsigned);
        }
        if (!any) return false;
        HasChanged = true;
        if (anyUnsigned) Lose(Unsigned);
        // Reports the loss of state, if there is any.
        IsSealed(content);
        return true;
    }

    /// <summary>Whether a block is reasoning that stays.</summary>
    private static bool IsKept(JsonSlice block) =>
        block.Member("type"u8).AsText() is var type && (type.Is("thinking"u8) || type.Is("redacted_thinking"u8)) && !IsUnsigned(block) && !IsReasoning(block);

    private static bool IsUnsigned(JsonSlice block) =>
        block.Member("type"u8).AsText().Is("thinking"u8) && block.Member("signature"u8) is { IsText: true } signature && signature.AsText().IsEmpty;

    /// <summary>Whether such a member occurs anywhere, with any white space.</summary>
    private static bool HasEmptySignature(ReadOnlySpan<byte> body)
    {
        for (var at = body.IndexOf(Signature); at >= 0; at = body.IndexOf(Signature))
        {
            body = body[(at + Signature.Length)..].TrimStart(" \t\r\n"u8);
            if (!body.StartsWith(":"u8)) continue;
            body = body[1..].TrimStart(" \t\r\n"u8);
            if (body.StartsWith("\"\""u8)) return true;
        }
        return false;
    }

    /// <summary>Text that only mentions a marker is not state: it is in blocks of another type or in the reasoning's text.</summary>
    private static bool IsReasoning(JsonSlice block)
    {
        var type = block.Member("type"u8).AsText();
        return (type.Is("thinking"u8) && StateSeal.IndexOf(block.Member("signature"u8).Span) >= 0)
            || (type.Is("redacted_thinking"u8) && StateSeal.IndexOf(block.Member("data"u8).Span) >= 0);
    }
}
