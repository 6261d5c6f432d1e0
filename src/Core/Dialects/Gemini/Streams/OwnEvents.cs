using Nano.Chat;
using Nano.Dialects.Gemini.Requests;
using Nano.Json;

namespace Nano.Dialects.Gemini.Streams;

/// <summary>Restores the Gemini event from which the events of a frame were read.</summary>
internal sealed class OwnEvents(JsonOutput output)
{
    private ChatFrame _frame;
    private bool _begun;       // the first Start of the frame was seen
    private bool _candidate;
    private bool _contentOpen;
    private bool _partOpen;
    private int _form;
    private int _start;
    private JsonText _finish;
    private JsonSlice _usage;
    private bool _callOpen;   // a call waits for its arguments

    private readonly Extras _candidateExtras = new(GeminiDialect.DialectName);

    public void Begin(in ChatFrame frame)
    {
        _frame = frame;
        (_begun, _candidate, _contentOpen, _partOpen, _callOpen, _usage) = (false, false, false, false, false, default);
        output.NewValue();
        output.Bytes("data: "u8);
        _start = output.Length;
        output.BeginObject();
    }

    public void On(in ChatEvent item)
    {
        if (item.Kind != ChatEventKind.ReasoningSignature) ClosePart();
        switch (item.Kind)
        {
            case ChatEventKind.Start:
                Start(item);
                break;
            case ChatEventKind.Text:
                OpenPart();
                Text("text"u8, item.Text);
                item.Extras.WriteTo(output, GeminiDialect.DialectName);
                break;
            case ChatEventKind.Reasoning:
                OpenPart();
                Text("text"u8, item.Text);
                output.Name("thought"u8);
                output.Boolean(true);
                item.Extras.WriteTo(output, GeminiDialect.DialectName);
                break;
            case ChatEventKind.ReasoningSignature:
                OpenPart();
                OwnParts.WriteSignature(item.Text, 0, output);
                break;
            case ChatEventKind.Media when item.Media is { } media:
                OpenPart();
                Part.WriteMedia(media, output);
                item.Extras.WriteTo(output, GeminiDialect.DialectName);
                break;
            case ChatEventKind.ToolCallStart:
                StartCall(item);
                break;
            case ChatEventKind.ToolCallArguments when _callOpen:
                output.Name("args"u8);
                output.Raw(item.Json);
                output.EndObject();
                _callOpen = false;
                _partOpen = true;
                break;
            case ChatEventKind.Opaque or ChatEventKind.Ping when item.Json.IsPresent:
                OpenParts();
                output.Raw(item.Json);
                break;
            case ChatEventKind.Finish when !item.Type.IsPresent:
                _finish = item.NativeFinish;
                break;
            // A generation that failed (MALFORMED_FUNCTION_CALL): its finish reason is the error's type.
            case ChatEventKind.Error when !item.Json.IsPresent && item.Error?.Type is { } word:
                _finish = JsonText.From(word);
                break;
            case ChatEventKind.Usage:
                _usage = item.Json;
                break;
        }
    }

    public void End()
    {
        CloseCandidate();
        if (_begun && (_frame.Form & Forms.NoCandidates) == 0) output.EndArray();
        if (_usage.IsPresent)
        {
            output.Name("usageMetadata"u8);
            output.Raw(_usage);
        }
        _frame.Extras.WriteTo(output, GeminiDialect.DialectName);
        output.EndObject();
        output.PutOnOneLine(_start);
        output.Bytes("\r\n\r\n"u8);
        output.NewValue();
    }

    private void Start(in ChatEvent item)
    {
        CloseCandidate();
        if (!_begun)
        {
            _begun = true;
            Text("responseId"u8, item.Id);
            Text("modelVersion"u8, item.Model);
            if ((_frame.Form & Forms.NoCandidates) == 0)
            {
                output.Name("candidates"u8);
                output.BeginArray();
            }
        }
        if ((item.Part & Forms.PromptBlock) != 0) return;
        _candidate = true;
        _form = item.Part;
        _finish = default;
        _candidateExtras.Clear();
        // The reader reuses its extras only for the next candidate, after this one is closed.
        if (item.Extras is not null)
            foreach (var member in item.Extras.Members) _candidateExtras.Add(member.Name, member.Value);
        output.BeginObject();
        if ((_form & Forms.NoIndex) == 0)
        {
            output.Name("index"u8);
            output.Number(item.Choice);
        }
    }

    /// <summary>A usual call is written from its members; any other was kept unchanged.</summary>
    private void StartCall(in ChatEvent item)
    {
        if (item.Json.IsPresent)
        {
            OpenParts();
            output.Raw(item.Json);
            return;
        }
        OpenParts();
        output.BeginObject();
        item.Extras.WriteTo(output, GeminiDialect.DialectName);
        OwnParts.WriteSignature(item.Signature, 0, output);
        output.Name("functionCall"u8);
        output.BeginObject();
        Text("id"u8, item.Id);
        Text("name"u8, item.Name);
        _callOpen = true;
    }

    private void OpenPart()
    {
        if (_partOpen) return;
        OpenParts();
        output.BeginObject();
        _partOpen = true;
    }

    private void OpenParts()
    {
        if (_contentOpen) return;
        _contentOpen = true;
        output.Name("content"u8);
        output.BeginObject();
        ContentCodec.WriteRole(_form, output);
        output.Name("parts"u8);
        if ((_form & Forms.PartsObject) == 0) output.BeginArray();
    }

    private void ClosePart()
    {
        if (!_partOpen) return;
        output.EndObject();
        _partOpen = false;
    }

    private void CloseCandidate()
    {
        ClosePart();
        if (!_candidate) return;
        if (_contentOpen)
        {
            if ((_form & Forms.PartsObject) == 0) output.EndArray();
            output.EndObject();
        }
        else if ((_form & Forms.NoContent) == 0)
        {
            output.Name("content"u8);
            output.BeginObject();
            ContentCodec.WriteRole(_form, output);
            if ((_form & Forms.NoParts) == 0)
            {
                output.Name("parts"u8);
                output.BeginArray();
                output.EndArray();
            }
            output.EndObject();
        }
        if ((_form & Forms.FinishInExtras) == 0) Text("finishReason"u8, _finish);
        _candidateExtras.WriteTo(output, GeminiDialect.DialectName);
        output.EndObject();
        (_candidate, _contentOpen) = (false, false);
    }

    private void Text(ReadOnlySpan<byte> name, JsonText value)
    {
        if (!value.IsPresent) return;
        output.Name(name);
        output.Text(value);
    }
}
