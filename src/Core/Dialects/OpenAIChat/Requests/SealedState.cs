using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>
/// Chat keeps state in <c>reasoning_details</c>, in the <c>extra_content</c> of a call, and in the ids of calls.
/// </summary>
internal sealed class SealedState(JsonOutput output) : SealedStateRemover(output)
{
    /// <summary>The longest id that OpenAI accepts in a Chat request, in characters.</summary>
    protected override int MaxIdLength => 40;

    protected override void Request(ReadOnlyMemory<byte> body) => TopLevel(body, "messages"u8, messages => Elements(messages, Message));

    private void Message(JsonSlice message) => Members(message, (name, value) =>
    {
        if (name.Is("tool_calls"u8) && value.IsArray)
        {
            Output.Name(name);
            Elements(value, Call);
            return true;
        }
        if (name.Is("tool_call_id"u8)) return Id(name, value, isCall: false);
        return name.Is("reasoning_details"u8) && IsSealed(value);
    });

    private void Call(JsonSlice call) => Members(call, (name, value) =>
        name.Is("id"u8) ? Id(name, value, isCall: true) : name.Is("extra_content"u8) && IsSealed(value));
}
