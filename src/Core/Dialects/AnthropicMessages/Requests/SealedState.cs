using Nano.Dialects.Shared;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects.AnthropicMessages;

/// <summary>
/// Messages keeps state in the <c>signature</c> of <c>thinking</c> blocks, the <c>data</c> of <c>redacted_thinking</c> blocks, and
/// in the ids of tool calls. A block whose state is another model's goes as a whole: without a signature it would be refused.
/// </summary>
internal sealed class SealedState(JsonOutput output) : SealedStateRemover(output)
{
    protected override void Request(ReadOnlyMemory<byte> body) => TopLevel(body, "messages"u8, messages => Elements(messages, Message));

    private void Message(JsonSlice message)
    {
        // A turn of nothing but foreign state would be left without content, which is refused.
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
        Members(block, (name, value) =>
            name.Is("tool_use_id"u8) ? Id(name, value, isCall: false) : name.Is("id"u8) && Id(name, value, isCall: true));
    }

    private bool OnlySealed(JsonSlice content)
    {
        var any = false;
        var cursor = new JsonCursor(content.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var block = cursor.TakeValue();
            if (!IsReasoning(block) || StateSeal.IndexOf(block.Span) < 0) return false;
            any = true;
        }
        return any && IsSealed(content);
    }

    /// <summary>Text that only mentions a mark is not state: it is in blocks of another type or in the text of the reasoning.</summary>
    private static bool IsReasoning(JsonSlice block)
    {
        var type = block.Member("type"u8).AsText();
        return (type.Is("thinking"u8) && StateSeal.IndexOf(block.Member("signature"u8).Span) >= 0)
            || (type.Is("redacted_thinking"u8) && StateSeal.IndexOf(block.Member("data"u8).Span) >= 0);
    }
}
