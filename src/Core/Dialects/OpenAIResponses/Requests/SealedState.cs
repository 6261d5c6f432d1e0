using Nano.Dialects.Shared;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects.OpenAIResponses;

/// <summary>
/// Responses keeps state in the <c>encrypted_content</c> of reasoning items and in the <c>call_id</c>s of calls. A reasoning item
/// with another model's state is removed as a whole: the provider refuses content that it cannot decrypt.
/// </summary>
internal sealed class SealedState(JsonOutput output) : SealedStateRemover(output)
{
    protected override void Request(ReadOnlyMemory<byte> body) => TopLevel(body, "input"u8, items => Elements(items, Item));

    /// <summary>Replaces the id of a stored response (<see cref="ResponseIds"/>) with the provider's own.</summary>
    protected override bool TopLevelMember(JsonText name, JsonSlice value) => name.Is("previous_response_id"u8) && Id(name, value, isCall: false);

    private void Item(JsonSlice item)
    {
        var isReasoning = item.Member("type"u8).AsText().Is("reasoning"u8);
        // Reasoning items written by the gateway have its marker in the id (ItemWriter.Reasoned), even without state.
        var isOurs = StateSeal.IndexOf(item.Member("encrypted_content"u8).Span) >= 0 || (isReasoning && StateSeal.IndexOf(item.Member("id"u8).Span) >= 0);
        if (isOurs && IsSealed(item)) return;
        var isResult = item.Member("type"u8).AsText().ToString().EndsWith("_output", StringComparison.Ordinal);
        Members(item, (name, value) => (name.Is("call_id"u8) || name.Is("id"u8)) && Id(name, value, isCall: !isResult));
    }
}
