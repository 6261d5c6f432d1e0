using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.Gemini.Errors;
using Nano.Dialects.Gemini.Requests;
using Nano.Dialects.Gemini.Responses;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.Gemini.Streams;

/// <summary>
/// Reads one streamed response. Every event is a whole <c>GenerateContentResponse</c> with the new parts. There is no end marker, so the stream may
/// end once each choice that began has a finish reason, or the prompt was blocked. Parts may still follow
/// (<c>gemini_parts_after_finish_reason</c>).
/// </summary>
/// <remarks>
/// For a writer of the same dialect, each candidate begins with a Start that has its extras, and whose
/// <see cref="ChatEvent.Part"/> is the candidate's <see cref="Forms"/>. Pieces of arguments are sent as Ping with the
/// whole part as Json, until the call is complete.
/// </remarks>
internal sealed class EventReader(UsageRules rules) : IEventReader
{
    private static readonly JsonText UsageMetadata = JsonText.From("usageMetadata");
    private static readonly JsonSlice EmptyObject = JsonSlice.Constant("{}");

    private readonly Extras _frameExtras = new(GeminiDialect.DialectName);
    private readonly Extras _candidateExtras = new(GeminiDialect.DialectName);
    private readonly Extras _partExtras = new(GeminiDialect.DialectName);
    private readonly List<StreamedChoice> _choices = [];
    private readonly RepeatedChunk _repeated = new(rules);
    private GatewayError? _failure;
    private bool _isOver; // by an error or a blocked prompt

    public bool IsComplete => _isOver || (_choices.Count > 0 && _choices.TrueForAll(choice => choice.IsFinished));

    public Usage? HeldUsage => _repeated.HeldUsage;

    public void Read(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, IChatEventSink sink)
    {
        if (_repeated.Matches(data))
        {
            if (_repeated.IsText) At(_repeated.Choice).Saw(_repeated.TextOf(data));
            _repeated.Tell(data, sink);
            return;
        }
        // Google does not send it, but some proxies end every stream with it.
        if (data.Span.SequenceEqual("[DONE]"u8)) return;
        _repeated.TellHeldUsage(sink);
        if (!_repeated.TryBegin(data, out var copy))
        {
            Walk(data, sink);
            return;
        }
        Walk(copy, _repeated.Record(sink));
        _repeated.TryLearn();
    }

    private void Walk(ReadOnlyMemory<byte> data, IChatEventSink sink)
    {
        var chunk = Chunk.Read(new JsonSlice(data), _frameExtras);
        var form = chunk.Candidates.IsPresent ? 0 : Forms.NoCandidates;
        var usage = chunk.Usage.IsPresent ? UsageCodec.Read(chunk.Usage, rules) : null;
        // trafficType alone, in Vertex's first chunks: there is no count.
        if (chunk.Usage.IsPresent && usage is null) (chunk.Extras ??= _frameExtras).Add(UsageMetadata, chunk.Usage);
        sink.BeginFrame(new ChatFrame(GeminiDialect.DialectName) { Form = form, Extras = chunk.Extras });
        if (chunk.Error.HasValue)
        {
            _isOver = true;
            sink.On(new ChatEvent(ChatEventKind.Error) { Error = ErrorCodec.ToGatewayError(chunk.Error, new JsonSlice(data)), Json = chunk.Error });
            sink.EndFrame();
            return;
        }
        ReadCandidates(chunk, form, sink);
        if (usage is not null) sink.On(new ChatEvent(ChatEventKind.Usage) { Usage = usage, Json = chunk.Usage });
        if (_failure is not null) sink.On(new ChatEvent(ChatEventKind.Error) { Error = _failure });
        _failure = null;
        sink.EndFrame();
    }

    /// <summary>The Type of a Ping with a part that has a piece of a call.</summary>
    public static readonly JsonText CallPiece = JsonText.From("functionCall");

    /// <summary>The Type of a Finish for a blocked prompt.</summary>
    public static readonly JsonText PromptFeedback = JsonText.From("promptFeedback");

    private void ReadCandidates(in Chunk chunk, int form, IChatEventSink sink)
    {
        var any = false;
        if (chunk.Candidates.IsPresent)
        {
            var cursor = new JsonCursor(chunk.Candidates.Memory);
            cursor.EnterArray();
            while (cursor.NextElement())
            {
                any = true;
                ReadCandidate(Candidate.Read(cursor.TakeValue(), _candidateExtras), chunk, sink);
            }
        }
        if (any) return;
        sink.On(new ChatEvent(ChatEventKind.Start) { Id = chunk.Id, Model = chunk.Model, Part = form | Forms.PromptBlock });
        if (!chunk.IsPromptBlocked(out var reason)) return;
        _isOver = true;
        sink.On(new ChatEvent(ChatEventKind.Finish) { Finish = FinishReason.ContentFilter, NativeFinish = reason, Type = PromptFeedback });
    }

    private void ReadCandidate(in Candidate candidate, in Chunk chunk, IChatEventSink sink)
    {
        var choice = At(candidate.Index);
        var parts = Content(candidate.Content, out var form);
        sink.On(new ChatEvent(ChatEventKind.Start)
        {
            Choice = choice.Index, Id = chunk.Id, Model = chunk.Model, Part = candidate.Form | form, Extras = candidate.Extras,
        });
        if (parts.IsArray)
        {
            var cursor = new JsonCursor(parts.Memory);
            cursor.EnterArray();
            while (cursor.NextElement()) ReadPart(choice, cursor.TakeValue(), sink);
        }
        else if (parts.IsObject)
        {
            ReadPart(choice, parts, sink);
        }
        if (candidate.Logprobs.IsObject) TellLogprobs(choice, candidate.Logprobs, sink);
        if (candidate.ReadCitations(new TextMap(choice.Ascii)) is { } citations)
            foreach (var citation in citations) sink.On(new ChatEvent(ChatEventKind.Citation) { Choice = choice.Index, Citation = citation });
        if (!candidate.Finish.HasValue) return;
        EndCall(choice, sink);
        choice.IsFinished = true;
        var finish = FinishReasons.Read(candidate.Finish, choice.Calls > 0);
        if (finish == FinishReason.Error)
        {
            // Sent last: nothing may follow an error, and the counts of this event should not be lost.
            _failure = ErrorCodec.OfFinish(candidate);
            return;
        }
        sink.On(new ChatEvent(ChatEventKind.Finish)
        {
            Choice = choice.Index,
            Finish = finish,
            NativeFinish = FinishReasons.Native(candidate.Finish),
        });
    }

    private void ReadPart(StreamedChoice choice, JsonSlice whole, IChatEventSink sink)
    {
        var part = Part.Read(whole, _partExtras);
        var index = choice.Index;
        switch (part.Kind)
        {
            case WirePartKind.Text:
                choice.Saw(part.Text);
                sink.On(new ChatEvent(ChatEventKind.Text) { Choice = index, Part = -1, Text = part.Text, Extras = part.Extras });
                TellSignature(index, part.Signature, PartKind.Text, sink);
                break;
            case WirePartKind.Thought:
                sink.On(new ChatEvent(ChatEventKind.Reasoning) { Choice = index, Part = -1, Text = part.Text, Extras = part.Extras });
                TellSignature(index, part.Signature, PartKind.Reasoning, sink);
                break;
            case WirePartKind.FunctionCall:
                ReadCall(choice, ref part, whole, sink);
                break;
            case WirePartKind.InlineData or WirePartKind.FileData:
                var media = part.Media();
                sink.On(new ChatEvent(ChatEventKind.Media) { Choice = index, Part = -1, Media = media, Extras = media.Extras });
                TellSignature(index, part.Signature, PartKind.Media, sink);
                break;
            default:
                var type = part.Type.IsPresent ? part.Type : Part.KindName(part.Kind);
                sink.On(new ChatEvent(ChatEventKind.Opaque) { Choice = index, Part = -1, Type = type, Json = whole });
                break;
        }
    }

    private static void TellSignature(int choice, JsonText signature, PartKind signs, IChatEventSink sink)
    {
        if (!signature.IsPresent) return;
        sink.On(new ChatEvent(ChatEventKind.ReasoningSignature) { Choice = choice, Part = -1, PartKind = signs, Text = signature });
    }

    private static void ReadCall(StreamedChoice choice, ref Part part, JsonSlice whole, IChatEventSink sink)
    {
        var pieces = part.Value.Member("partialArgs"u8);
        var goesOn = part.Value.Member("willContinue"u8).IsTrue;
        part.ReadCall(out var id, out var name, out var args);
        if (!name.HasValue && !args.IsPresent && (choice.Open is not null || pieces.IsPresent || !goesOn))
        {
            // A piece of the open call; ignored if no call is open.
            sink.On(new ChatEvent(ChatEventKind.Ping) { Choice = choice.Index, Type = CallPiece, Json = whole });
            choice.Open?.Add(pieces);
            if (!goesOn) EndCall(choice, sink);
            return;
        }
        EndCall(choice, sink);
        var call = choice.Calls++;
        sink.On(new ChatEvent(ChatEventKind.ToolCallStart)
        {
            Choice = choice.Index, Part = -1, ToolIndex = call, Id = id, Name = name, Signature = part.Signature,
            // Without arguments, or with unusual members, keep the unchanged part for the same dialect.
            Extras = part.Extras, Json = args.IsPresent && (part.Form & Forms.InExtras) == 0 ? default : whole,
        });
        if (goesOn || pieces.IsPresent)
        {
            choice.Open = new PartialCall(call);
            choice.Open.Add(pieces);
            if (!goesOn) EndCall(choice, sink);
            return;
        }
        sink.On(new ChatEvent(ChatEventKind.ToolCallArguments) { Choice = choice.Index, Part = -1, ToolIndex = call, Json = args.IsPresent ? args : EmptyObject });
        sink.On(new ChatEvent(ChatEventKind.ToolCallEnd) { Choice = choice.Index, Part = -1, ToolIndex = call });
    }

    private static void EndCall(StreamedChoice choice, IChatEventSink sink)
    {
        if (choice.Open is not { } open) return;
        choice.Open = null;
        using var output = new JsonOutput();
        open.Write(output);
        sink.On(new ChatEvent(ChatEventKind.ToolCallArguments)
        {
            Choice = choice.Index, Part = -1, ToolIndex = open.ToolIndex, Json = new JsonSlice(output.Written),
        });
        sink.On(new ChatEvent(ChatEventKind.ToolCallEnd) { Choice = choice.Index, Part = -1, ToolIndex = open.ToolIndex });
    }

    private static void TellLogprobs(StreamedChoice choice, JsonSlice result, IChatEventSink sink)
    {
        using var output = new JsonOutput();
        if (LogprobsCodec.WriteAsChat(result, output))
            sink.On(new ChatEvent(ChatEventKind.Logprobs) { Choice = choice.Index, Json = new JsonSlice(output.Written) });
    }

    /// <summary>The parts of a candidate's content, and how its role and parts were written.</summary>
    private static JsonSlice Content(JsonSlice content, out int form)
    {
        form = Forms.NoRole | Forms.NoParts;
        JsonSlice parts = default;
        if (!content.IsObject) return parts;
        var cursor = new JsonCursor(content.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("parts"u8) && cursor.Token is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                parts = cursor.TakeValue();
                form = (form & ~Forms.NoParts) | (parts.IsObject ? Forms.PartsObject : 0);
            }
            else if (cursor.NameIs("role"u8) && cursor.Token == JsonTokenType.String)
            {
                form = (form & ~Forms.NoRole) | ContentCodec.Role(cursor.TakeText());
            }
            else
            {
                cursor.Skip();
            }
        }
        return parts;
    }

    private StreamedChoice At(int index)
    {
        foreach (var choice in _choices)
            if (choice.Index == index) return choice;
        var made = new StreamedChoice(index);
        _choices.Add(made);
        return made;
    }
}
