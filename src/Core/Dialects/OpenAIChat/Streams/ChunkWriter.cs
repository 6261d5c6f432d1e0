using Nano.Chat;
using Nano.Dialects.OpenAIChat.Requests;
using Nano.Dialects.OpenAIChat.Responses;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>
/// Writes chunks for events of other dialects. The first event with content opens a chunk, and the end of the frame closes
/// it; while it is open, its text grows in place. The shared start of all chunks is created once, so that a text costs only a
/// few copies of bytes.
/// </summary>
internal sealed class ChunkWriter
{
    private readonly ResponseContext _context;
    private readonly JsonOutput _output;
    private readonly ChunkHead _head;
    private readonly ChunkCalls _calls;
    private OpenChunk _chunk;
    private int _opaquePart = -1;

    public ChunkWriter(ResponseContext context, JsonOutput output)
    {
        (_context, _output) = (context, output);
        _head = new ChunkHead(context);
        _calls = new ChunkCalls(context.FallbackId, output);
        _chunk = new OpenChunk(_head, _calls, output);
    }

    /// <summary>The dialect of the frame, which owns the reasoning state.</summary>
    public string Origin { get; set; } = "";

    public void On(in ChatEvent item, LossReport losses)
    {
        switch (item.Kind)
        {
            case ChatEventKind.Start:
                _head.Start(item);
                break;
            case ChatEventKind.Text:
                _chunk.Find(item.Choice).Citations.Say(item.Text);
                Append(item, ChunkField.Content);
                break;
            case ChatEventKind.Refusal:
                Append(item, ChunkField.Refusal);
                break;
            case ChatEventKind.Reasoning:
                Append(item, ChunkField.Reasoning);
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
            case ChatEventKind.Citation when item.Citation is { } held && _chunk.Find(item.Choice).Citations.TryHold(held, item.Part):
                break;
            case ChatEventKind.Citation when item.Citation is { } citation:
                _chunk.Enter(item.Choice, ChunkField.Annotations);
                CitationWriter.Write(_output, citation, citation.StartIndex, citation.EndIndex);
                break;
            case ChatEventKind.Media when item.Media is { } media:
                Media(item.Choice, media, losses);
                break;
            case ChatEventKind.Logprobs:
                _chunk.Enter(item.Choice, ChunkField.Logprobs);
                _output.NewValue();
                _output.Raw(item.Json);
                break;
            case ChatEventKind.Finish:
                Note(item);
                break;
            case ChatEventKind.PartStart when item.PartKind == PartKind.Text:
                _chunk.Find(item.Choice).Citations.Begin();
                break;
            case ChatEventKind.PartEnd:
                Cite(_chunk.Find(item.Choice));
                break;
            case ChatEventKind.PartStart when item.PartKind == PartKind.Reasoning:
                _chunk.Find(item.Choice).Details++;
                break;
            case ChatEventKind.PartStart when item.PartKind == PartKind.Opaque:
                _opaquePart = item.Part;
                losses.Drop($"content.{item.Type}");
                break;
            // The pieces of an opaque part are reported with the part.
            case ChatEventKind.Opaque when item.Part < 0 || item.Part != _opaquePart:
                losses.Drop($"content.{item.Type}");
                break;
        }
    }

    /// <summary>Ends the open chunk, if there is one.</summary>
    public void Close() => _chunk.Close(default, default);

    /// <summary>Writes the last chunk of every choice, with its finish reason.</summary>
    public void Finish()
    {
        if (_chunk.Choices.Count == 0) _chunk.Choices.Add(new ChunkChoice(0));
        foreach (var choice in _chunk.Choices)
        {
            Cite(choice);
            Close();
            _chunk.Open(choice);
            _chunk.Close(FinishReasons.ForCaller(choice.Finish, choice.Calls.Count > 0, choice.NativeFinish, _context.ReadsFunctionCall), choice.NativeFinish);
        }
    }

    public void WriteUsage(Usage usage, string? cost)
    {
        _output.Bytes(_head.ForUsage());
        _output.NewValue();
        UsageWriter.Write(_output, usage, cost);
        if (usage.ServiceTier is { } tier)
        {
            _output.Bytes(",\"service_tier\":"u8);
            _output.NewValue();
            _output.Text(UsageWriter.TierOf(tier));
        }
        _output.Bytes("}\n\n"u8);
        _output.NewValue();
    }

    /// <summary>Writes the citations that waited for the end of their text.</summary>
    private void Cite(ChunkChoice choice)
    {
        if (choice.Citations.IsEmpty) return;
        _chunk.Enter(choice.Index, ChunkField.Annotations);
        choice.Citations.Write(_output);
    }

    private void Append(in ChatEvent item, ChunkField field)
    {
        if (item.Text.IsEmpty) return;
        _chunk.Enter(item.Choice, field);
        _output.Append(item.Text);
    }

    /// <summary>Writes reasoning with its state, in the form that clients return (<see cref="ReasoningDetails"/>).</summary>
    private void Detail(in ChatEvent item)
    {
        if (item.Text.IsEmpty) return;
        _chunk.Enter(item.Choice, ChunkField.Details);
        // Without parts (Gemini) every state is separate.
        if (item.Part < 0) _chunk.Choice!.Details++;
        _output.BeginObject();
        _output.Name("type"u8);
        _output.Literal(item.Kind == ChatEventKind.ReasoningOpaque ? "reasoning.encrypted"u8 : "reasoning.text"u8);
        _output.Name(item.Kind switch
        {
            ChatEventKind.ReasoningOpaque => "data"u8,
            ChatEventKind.ReasoningSignature => "signature"u8,
            _ => "text"u8,
        });
        _output.Text(item.Text);
        var format = ReasoningDetails.FormatOf(Origin);
        if (format.Length > 0)
        {
            _output.Name("format"u8);
            _output.Literal(format);
        }
        _output.Name("index"u8);
        _output.Number(Math.Max(0, _chunk.Choice!.Details - 1));
        _output.EndObject();
    }

    private void StartCall(in ChatEvent item, LossReport losses)
    {
        var choice = _chunk.Find(item.Choice);
        var index = choice.Calls.IndexOf(item.ToolIndex);
        if (index >= 0) return;
        index = choice.Calls.Count;
        choice.Calls.Add(item.ToolIndex);
        if (_context.ReadsFunctionCall)
        {
            if (index == 0) StartFunctionCall(item, losses);
            else ToolCallWriter.DropFurther(losses, item.Name);
            return;
        }
        if (item.IsCustom) (choice.CustomCalls ??= []).Add(index);
        _chunk.Enter(item.Choice, ChunkField.ToolCalls);
        _calls.Begin(item, choice.Index, index);
    }

    /// <summary>The older form: only the first call, without an index or id.</summary>
    private void StartFunctionCall(in ChatEvent item, LossReport losses)
    {
        if (item.Signature.HasValue) losses.Drop(ToolCallWriter.LostSignature);
        _chunk.Enter(item.Choice, ChunkField.FunctionCall);
        _calls.BeginFunction(item.Name);
    }

    private void Arguments(in ChatEvent item, LossReport losses)
    {
        if (item.Text.IsEmpty && !item.Json.HasValue) return;
        var choice = _chunk.Find(item.Choice);
        var index = choice.Calls.IndexOf(item.ToolIndex);
        if (index < 0)
        {
            StartCall(new ChatEvent(ChatEventKind.ToolCallStart) { Choice = item.Choice, ToolIndex = item.ToolIndex }, losses);
            index = choice.Calls.Count - 1;
        }
        if (_context.ReadsFunctionCall)
        {
            if (index > 0) return;
            _chunk.Enter(item.Choice, ChunkField.FunctionCall);
            _calls.ContinueFunction();
        }
        else
        {
            _chunk.Enter(item.Choice, ChunkField.ToolCalls);
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
            _chunk.Enter(choice, ChunkField.Images);
            ResponseMediaWriter.Image(_output, media, _chunk.Choice!.Images++);
        }
        else if (isAudio)
        {
            _chunk.Enter(choice, ChunkField.Audio);
            _output.NewValue();
            ResponseMediaWriter.Audio(_output, media, _context.FallbackId);
        }
        else losses.Drop($"content.{ForeignMediaWriter.NameOf(media)}");
    }

    private void Note(in ChatEvent item)
    {
        var choice = _chunk.Find(item.Choice);
        choice.Finish = item.Finish;
        choice.NativeFinish = item.NativeFinish.Span.ToArray();
    }
}
