using Nano.Chat;

namespace Nano.Reasoning;

/// <summary>Seals the state of a whole response of another dialect, before it is written for its caller.</summary>
internal static class ResponseSealer
{
    /// <param name="seed">Seed of the ids for calls without one (<c>ResponseContext.FallbackId</c>).</param>
    public static void Seal(ChatResponse answer, StateSeal seal, string seed)
    {
        foreach (var choice in answer.Choices)
            if (HasState(choice.Message.Parts)) Seal(choice, new TurnSealer(seal), seed);
    }

    private static bool HasState(List<ContentPart> parts)
    {
        foreach (var part in parts)
            if (part is ReasoningPart { HasState: true } or ToolCallPart { Signature.HasValue: true }) return true;
        return false;
    }

    private static void Seal(ChatChoice choice, TurnSealer turn, string seed)
    {
        var parts = choice.Message.Parts;
        for (var i = 0; i < parts.Count; i++)
        {
            switch (parts[i])
            {
                case ReasoningPart { HasState: true } thought:
                    parts[i] = new ReasoningPart(thought.Origin)
                    {
                        Text = thought.Text,
                        Signature = !thought.Signature.HasValue ? default
                            : thought.SignsText ? turn.Signature(thought.Signature, ofText: true)
                            : turn.Signature(thought.Signature, thought.Text),
                        Opaque = thought.Opaque.HasValue ? turn.Opaque(thought.Opaque) : default,
                        SignsText = thought.SignsText,
                    };
                    break;
                case ToolCallPart { IsCustom: false } call:
                    (call.Id, call.Signature) = turn.Call(call.Id, call.Name, call.Signature, n => CallIds.Make(seed, choice.Index, n));
                    break;
                case TextPart { Text.HasValue: true }:
                    turn.Say();
                    break;
            }
        }
    }
}
