using System.Buffers.Text;
using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat;

/// <summary>
/// Writes chunks for events of other dialects. A chunk is opened by the first event that says something and closed with
/// its frame; while it is open, its text grows in place. What all chunks share is made once, so that a text costs a few
/// copies of bytes.
/// </summary>
internal sealed class ChunkWriter(ResponseContext context, JsonOutput output)
{
    private enum Field
    {
        None,
        Content,
        Reasoning,
        Refusal,
        ToolCalls,
        FunctionCall,
        Details,
        Annotations,
        Images,
        Audio,
        Logprobs,
    }

    private readonly List<ChunkChoice> _choices = [];
    private readonly ChunkHead _head = new(context);
    private readonly ChunkCalls _calls = new(context.FallbackId, output);
    private ChunkChoice? _open;  // the choice of the chunk that is being written
    private Field _field;        // the member of its delta that is being written
    private int _used;           // the members it already has, as bits
    private bool _hasMembers;    // its delta is not empty
    private bool _deltaClosed;
    private int _opaquePart = -1;

    /// <summary>The dialect of the frame; names whose reasoning state it is.</summary>
    public string Origin { get; set; } = "";

    public void On(in ChatEvent item, LossReport losses)
    {
        switch (item.Kind)
        {
            case ChatEventKind.Start:
                _head.Start(item);
                break;
            case ChatEventKind.Text:
                Find(item.Choice).Citations.Say(item.Text);
                Append(item, Field.Content);
                break;
            case ChatEventKind.Refusal:
                Append(item, Field.Refusal);
                break;
            case ChatEventKind.Reasoning:
                Append(item, Field.Reasoning);
                // A text with parts around it (Anthropic, Bedrock) may be signed, and then belongs beside its signature.
                if (item.Part >= 0) Detail(item);
                break;
            case ChatEventKind.ReasoningSignature or ChatEventKind.ReasoningOpaque:
                Detail(item);
                break;
            case ChatEventKind.ToolCallStart:
                StartCall(item, losses);
                break;
            case ChatEventKind.ToolCallArguments:
                Arguments(item, losses);
                break;
            case ChatEventKind.Citation when item.Citation is { } held && Find(item.Choice).Citations.TryHold(held, item.Part):
                break;
            case ChatEventKind.Citation when item.Citation is { } citation:
                Enter(item.Choice, Field.Annotations);
                CitationWriter.Write(output, citation, citation.StartIndex, citation.EndIndex);
                break;
            case ChatEventKind.Media when item.Media is { } media:
                Media(item.Choice, media, losses);
                break;
            case ChatEventKind.Logprobs:
                Enter(item.Choice, Field.Logprobs);
                output.NewValue();
                output.Raw(item.Json);
                break;
            case ChatEventKind.Finish:
                Note(item);
                break;
            case ChatEventKind.PartStart when item.PartKind == PartKind.Text:
                Find(item.Choice).Citations.Begin();
                break;
            case ChatEventKind.PartEnd:
                Cite(Find(item.Choice));
                break;
            case ChatEventKind.PartStart when item.PartKind == PartKind.Reasoning:
                Find(item.Choice).Details++;
                break;
            case ChatEventKind.PartStart when item.PartKind == PartKind.Opaque:
                _opaquePart = item.Part;
                losses.Drop($"content.{item.Type}");
                break;
            // The pieces of an opaque part are named with it.
            case ChatEventKind.Opaque when item.Part < 0 || item.Part != _opaquePart:
                losses.Drop($"content.{item.Type}");
                break;
        }
    }

    /// <summary>Ends the chunk that is open, if one is.</summary>
    public void Close() => Close(default, default);

    /// <summary>The last chunk of every choice, with its finish reason.</summary>
    public void Finish()
    {
        if (_choices.Count == 0) _choices.Add(new ChunkChoice(0));
        foreach (var choice in _choices)
        {
            Cite(choice);
            Close();
            Open(choice);
            Close(FinishReasons.ForCaller(choice.Finish, choice.Calls.Count > 0, choice.NativeFinish, context.ReadsFunctionCall), choice.NativeFinish);
        }
    }

    public void WriteUsage(Usage usage)
    {
        output.Bytes(_head.ForUsage());
        output.NewValue();
        UsageWriter.Write(output, usage);
        if (usage.ServiceTier is { } tier)
        {
            output.Bytes(",\"service_tier\":"u8);
            output.NewValue();
            output.Text(UsageWriter.TierOf(tier));
        }
        output.Bytes("}\n\n"u8);
        output.NewValue();
    }

    /// <summary>The citations that waited for the end of their text.</summary>
    private void Cite(ChunkChoice choice)
    {
        if (choice.Citations.IsEmpty) return;
        Enter(choice.Index, Field.Annotations);
        choice.Citations.Write(output);
    }

    private void Append(in ChatEvent item, Field field)
    {
        if (item.Text.IsEmpty) return;
        Enter(item.Choice, field);
        output.Append(item.Text);
    }

    /// <summary>Reasoning with its state, in the form that comes back (<see cref="ReasoningDetails"/>).</summary>
    private void Detail(in ChatEvent item)
    {
        if (item.Text.IsEmpty) return;
        Enter(item.Choice, Field.Details);
        // Without parts around them (Gemini) every state stands for itself.
        if (item.Part < 0) _open!.Details++;
        output.BeginObject();
        output.Name("type"u8);
        output.Literal(item.Kind == ChatEventKind.ReasoningOpaque ? "reasoning.encrypted"u8 : "reasoning.text"u8);
        output.Name(item.Kind switch
        {
            ChatEventKind.ReasoningOpaque => "data"u8,
            ChatEventKind.ReasoningSignature => "signature"u8,
            _ => "text"u8,
        });
        output.Text(item.Text);
        var format = ReasoningDetails.FormatOf(Origin);
        if (format.Length > 0)
        {
            output.Name("format"u8);
            output.Literal(format);
        }
        output.Name("index"u8);
        output.Number(Math.Max(0, _open!.Details - 1));
        output.EndObject();
    }

    private void StartCall(in ChatEvent item, LossReport losses)
    {
        var choice = Find(item.Choice);
        var index = choice.Calls.IndexOf(item.ToolIndex);
        if (index >= 0) return;
        index = choice.Calls.Count;
        choice.Calls.Add(item.ToolIndex);
        if (context.ReadsFunctionCall)
        {
            if (index == 0) StartFunctionCall(item, losses);
            else ToolCallWriter.DropFurther(losses, item.Name);
            return;
        }
        if (item.IsCustom) (choice.CustomCalls ??= []).Add(index);
        Enter(item.Choice, Field.ToolCalls);
        _calls.Begin(item, choice.Index, index);
    }

    /// <summary>The older form: the first call alone, without an index and an id.</summary>
    private void StartFunctionCall(in ChatEvent item, LossReport losses)
    {
        if (item.Signature.HasValue) losses.Drop(ToolCallWriter.LostSignature);
        Enter(item.Choice, Field.FunctionCall);
        _calls.BeginFunction(item.Name);
    }

    private void Arguments(in ChatEvent item, LossReport losses)
    {
        if (item.Text.IsEmpty && !item.Json.HasValue) return;
        var choice = Find(item.Choice);
        var index = choice.Calls.IndexOf(item.ToolIndex);
        if (index < 0)
        {
            StartCall(new ChatEvent(ChatEventKind.ToolCallStart) { Choice = item.Choice, ToolIndex = item.ToolIndex }, losses);
            index = choice.Calls.Count - 1;
        }
        if (context.ReadsFunctionCall)
        {
            if (index > 0) return;
            Enter(item.Choice, Field.FunctionCall);
            _calls.ContinueFunction();
        }
        else
        {
            Enter(item.Choice, Field.ToolCalls);
            _calls.Continue(index, choice.CustomCalls?.Contains(index) == true);
        }
        _calls.Append(item);
    }

    private void Media(int choice, MediaPart media, LossReport losses)
    {
        var isImage = media.Kind == MediaKind.Image && (media.Source.Data.HasValue || media.Source.Url.HasValue);
        var isAudio = media.Kind == MediaKind.Audio && (media.Source.Data.HasValue || media.Transcript.HasValue);
        if (isImage)
        {
            Enter(choice, Field.Images);
            AnswerMediaWriter.Image(output, media, _open!.Images++);
        }
        else if (isAudio)
        {
            Enter(choice, Field.Audio);
            output.NewValue();
            AnswerMediaWriter.Audio(output, media, context.FallbackId);
        }
        else losses.Drop($"content.{ForeignMediaWriter.NameOf(media)}");
    }

    private void Note(in ChatEvent item)
    {
        var choice = Find(item.Choice);
        choice.Finish = item.Finish;
        choice.NativeFinish = item.NativeFinish.Span.ToArray();
    }

    /// <summary>Makes the member the one that is being written, in a new chunk where this one has it already.</summary>
    private void Enter(int index, Field field)
    {
        if (_open is not null && _open.Index == index && _field == field && field is not (Field.Audio or Field.Logprobs)) return;
        var choice = Find(index);
        if (_open is not null && (_open != choice || _deltaClosed || (_used & (1 << (int)field)) != 0)) Close();
        if (_open is null) Open(choice);
        else EndField();
        _field = field;
        _used |= 1 << (int)field;
        if (field == Field.Logprobs)
        {
            _deltaClosed = true;
            output.Bytes("},\"logprobs\":"u8);
            return;
        }
        if (_hasMembers) output.Bytes(","u8);
        _hasMembers = true;
        output.Bytes(field switch
        {
            Field.Content => "\"content\":\""u8,
            Field.Reasoning => "\"reasoning_content\":\""u8,
            Field.Refusal => "\"refusal\":\""u8,
            Field.ToolCalls => "\"tool_calls\":["u8,
            Field.FunctionCall => "\"function_call\":"u8,
            Field.Details => "\"reasoning_details\":["u8,
            Field.Annotations => "\"annotations\":["u8,
            Field.Images => "\"images\":["u8,
            _ => "\"audio\":"u8,
        });
        output.NewValue();
    }

    private void EndField()
    {
        switch (_field)
        {
            case Field.Content or Field.Reasoning or Field.Refusal:
                output.Bytes("\""u8);
                break;
            case Field.ToolCalls:
                _calls.End();
                output.Bytes("]"u8);
                break;
            case Field.FunctionCall:
                _calls.EndFunction();
                break;
            case Field.Details or Field.Annotations or Field.Images:
                output.Bytes("]"u8);
                break;
        }
        _field = Field.None;
    }

    private void Open(ChunkChoice choice)
    {
        output.Bytes(_head.ForChoice());
        Span<byte> digits = stackalloc byte[11];
        Utf8Formatter.TryFormat(choice.Index, digits, out var length);
        output.Bytes(digits[..length]);
        output.Bytes(choice.HasRole ? ",\"delta\":{"u8 : ",\"delta\":{\"role\":\"assistant\""u8);
        _open = choice;
        _field = Field.None;
        _used = 0;
        _hasMembers = !choice.HasRole;
        _deltaClosed = false;
    }

    private void Close(ReadOnlySpan<byte> finish, ReadOnlySpan<byte> native)
    {
        if (_open is null) return;
        EndField();
        if (!_deltaClosed) output.Bytes("}"u8);
        if (finish.IsEmpty) output.Bytes(",\"finish_reason\":null}]}\n\n"u8);
        else
        {
            output.Bytes(",\"finish_reason\":\""u8);
            output.Bytes(finish);
            output.Bytes("\""u8);
            if (!native.IsEmpty && !native.SequenceEqual(finish))
            {
                output.Bytes(",\"native_finish_reason\":\""u8);
                output.Bytes(native);
                output.Bytes("\""u8);
            }
            output.Bytes("}]}\n\n"u8);
        }
        output.NewValue();
        _open.HasRole = true;
        _open = null;
    }

    private ChunkChoice Find(int index)
    {
        if (_open is not null && _open.Index == index) return _open;
        foreach (var choice in _choices)
            if (choice.Index == index) return choice;
        _choices.Add(new ChunkChoice(index));
        return _choices[^1];
    }
}
