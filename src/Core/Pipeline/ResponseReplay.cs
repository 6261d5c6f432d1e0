using Nano.Chat;

namespace Nano.Pipeline;

/// <summary>Writes a whole response as the events of a stream, for a provider that was asked to stream and did not.</summary>
internal static class ResponseReplay
{
    private const string NoDialect = "";

    public static void Tell(ChatResponse answer, IChatEventSink sink)
    {
        // No dialect, so that the writer creates new events instead of returning originals that never existed.
        sink.BeginFrame(new ChatFrame(NoDialect));
        sink.On(new ChatEvent(ChatEventKind.Start) { Part = -1, Id = answer.Id, Model = answer.Model, Json = answer.Created });
        foreach (var choice in answer.Choices)
        {
            var calls = 0;
            for (var part = 0; part < choice.Message.Parts.Count; part++) Tell(choice.Index, part, choice.Message.Parts[part], ref calls, sink);
            if (choice.Logprobs.IsObject) sink.On(new ChatEvent(ChatEventKind.Logprobs) { Choice = choice.Index, Part = -1, Json = choice.Logprobs });
            sink.On(new ChatEvent(ChatEventKind.Finish)
            {
                Choice = choice.Index, Part = -1, Finish = choice.Finish, NativeFinish = choice.NativeFinish, Text = choice.StopSequence,
            });
        }
        if (answer.Usage is { } usage) sink.On(new ChatEvent(ChatEventKind.Usage) { Part = -1, Usage = usage });
        sink.EndFrame();
    }

    private static void Tell(int choice, int index, ContentPart part, ref int calls, IChatEventSink sink)
    {
        switch (part)
        {
            case TextPart text:
                sink.On(new ChatEvent(ChatEventKind.Text) { Choice = choice, Part = index, Text = text.Text });
                foreach (var citation in text.Citations ?? [])
                    sink.On(new ChatEvent(ChatEventKind.Citation) { Choice = choice, Part = index, Citation = citation });
                break;
            case RefusalPart refusal:
                sink.On(new ChatEvent(ChatEventKind.Refusal) { Choice = choice, Part = index, Text = refusal.Text });
                break;
            case ReasoningPart reasoning:
                if (reasoning.Text.IsPresent) sink.On(new ChatEvent(ChatEventKind.Reasoning) { Choice = choice, Part = index, Text = reasoning.Text });
                if (reasoning.Signature.IsPresent) sink.On(new ChatEvent(ChatEventKind.ReasoningSignature) { Choice = choice, Part = index, Text = reasoning.Signature });
                if (reasoning.Opaque.IsPresent) sink.On(new ChatEvent(ChatEventKind.ReasoningOpaque) { Choice = choice, Part = index, Text = reasoning.Opaque });
                break;
            case ToolCallPart call:
                var tool = calls++;
                sink.On(new ChatEvent(ChatEventKind.ToolCallStart)
                {
                    Choice = choice, Part = index, ToolIndex = tool, Id = call.Id, Name = call.Name, Signature = call.Signature, IsCustom = call.IsCustom,
                });
                sink.On(new ChatEvent(ChatEventKind.ToolCallArguments)
                {
                    Choice = choice, Part = index, ToolIndex = tool, Text = call.Arguments.Encoded, Json = call.Arguments.Json,
                });
                sink.On(new ChatEvent(ChatEventKind.ToolCallEnd) { Choice = choice, Part = index, ToolIndex = tool });
                break;
            case MediaPart media:
                sink.On(new ChatEvent(ChatEventKind.Media) { Choice = choice, Part = index, Media = media });
                break;
            case OpaquePart opaque:
                sink.On(new ChatEvent(ChatEventKind.Opaque) { Choice = choice, Part = index, Type = opaque.Type, Json = opaque.Value });
                break;
        }
    }
}
