using Nano.Chat;
using Nano.Dialects.Gemini.Responses;
using Nano.Json;

namespace Nano.Dialects.Gemini.Streams;

/// <summary>
/// The event that is being written: its candidates in sequence, each with its parts first, then its other members.
/// Nothing is written before the first part or member. Not thread safe.
/// </summary>
internal sealed class OpenEvent(ResponseContext context, JsonOutput output)
{
    private byte[] _id = [];
    private byte[] _model = [];
    private byte[] _tail = []; // the members after the candidates, which all events share
    private bool _open;
    private int _choice = -1; // the open candidate
    private bool _partsOpen;
    private int _start;       // of the candidate's content
    private int _json;        // of the event's JSON

    /// <summary>Candidates that have appeared in an event.</summary>
    public List<int> Begun { get; } = [];

    public WaitingCitations Citations { get; } = new();

    public void Start(in ChatEvent item)
    {
        if (_id.Length == 0 && item.Id.HasValue) (_id, _tail) = (item.Id.Span.ToArray(), []);
        if (_model.Length == 0 && item.Model.HasValue) (_model, _tail) = (item.Model.Span.ToArray(), []);
    }

    /// <summary>Whether the event already has a part of the candidate, whose parts are still open.</summary>
    public bool HasParts(int choice) => _choice == choice && _partsOpen && !output.WrittenSpan.EndsWith("\"parts\":["u8);

    public void OpenParts(int choice)
    {
        if (_choice == choice && _partsOpen) return;
        // The candidate's other members are already written after its parts: the rest goes into a new event.
        if (_choice == choice) End();
        OpenCandidate(choice);
    }

    /// <summary>Opens the members after the parts. If they were already written, starts a new event, since none may appear twice.</summary>
    public void OpenMembers(int choice)
    {
        if (_choice == choice && !_partsOpen) End();
        OpenCandidate(choice);
        CloseParts();
    }

    /// <summary>Opens the candidate's last members: citations that waited for parts are written now.</summary>
    public void OpenLastMembers(int choice)
    {
        OpenCandidate(choice);
        CloseParts();
        Citations.Write(choice, output);
    }

    /// <param name="usage">The usage of the last event; a separate event is written for it if necessary.</param>
    public void End(Usage? usage = null)
    {
        if (!_open && usage is null) return;
        if (!_open) Begin();
        else
        {
            CloseCandidate();
            output.EndArray();
        }
        if (usage is not null)
        {
            output.Name("usageMetadata"u8);
            UsageCodec.Write(usage, output);
        }
        if (_tail.Length > 0) output.Bytes(_tail);
        else WriteTail();
        // The model wrote the arguments' JSON, perhaps on several lines (openai-chat-sse-toolcall-c3e001).
        output.PutOnOneLine(_json);
        output.Bytes("\r\n\r\n"u8);
        output.NewValue();
        _open = false;
    }

    private void WriteTail()
    {
        var start = output.Length;
        output.Name("modelVersion"u8);
        if (_model.Length > 0) output.Literal(_model);
        else output.Text(context.Model);
        output.Name("responseId"u8);
        if (_id.Length > 0) output.Literal(_id);
        else output.Text(context.FallbackId);
        output.EndObject();
        _tail = output.WrittenSpan[start..].ToArray();
    }

    /// <summary>Removes the open event from the output; false if none is open.</summary>
    public bool TryForget()
    {
        if (!_open) return false;
        (_open, _choice, _partsOpen) = (false, -1, false);
        return true;
    }

    private void Begin()
    {
        _open = true;
        output.NewValue();
        output.Bytes("data: "u8);
        _json = output.Length;
        output.BeginObject();
    }

    private void OpenCandidate(int choice)
    {
        if (_choice == choice) return;
        if (!_open && choice == 0)
        {
            BeginFirst();
            return;
        }
        if (!_open)
        {
            Begin();
            output.Name("candidates"u8);
            output.BeginArray();
        }
        CloseCandidate();
        if (!Begun.Contains(choice)) Begun.Add(choice);
        output.BeginObject();
        output.Name("index"u8);
        output.Number(choice);
        _start = output.Length;
        output.Name("content"u8);
        output.BeginObject();
        output.Name("role"u8);
        output.Literal("model"u8);
        output.Name("parts"u8);
        output.BeginArray();
        (_choice, _partsOpen) = (choice, true);
    }

    /// <summary>Opens an event and the parts of its first candidate, as nearly every event begins.</summary>
    private void BeginFirst()
    {
        if (!Begun.Contains(0)) Begun.Add(0);
        _json = output.Length + "data: "u8.Length;
        output.Bytes("data: {\"candidates\":[{\"index\":0"u8);
        _start = output.Length;
        output.Bytes(",\"content\":{\"role\":\"model\",\"parts\":["u8);
        output.NewValue();
        (_open, _choice, _partsOpen) = (true, 0, true);
    }

    private void CloseParts()
    {
        if (!_partsOpen) return;
        var isEmpty = !HasParts(_choice);
        output.EndArray();
        output.EndObject();
        _partsOpen = false;
        if (isEmpty) output.TruncateTo(_start);
        else Citations.Write(_choice, output);
    }

    private void CloseCandidate()
    {
        if (_choice < 0) return;
        CloseParts();
        output.EndObject();
        _choice = -1;
    }
}
