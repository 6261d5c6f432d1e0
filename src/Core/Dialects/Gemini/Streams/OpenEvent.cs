using Nano.Chat;
using Nano.Dialects.Gemini.Responses;
using Nano.Json;

namespace Nano.Dialects.Gemini.Streams;

/// <summary>
/// The event that is being written: its candidates, one after the other, each with its parts first and its other members behind them.
/// Nothing is written before the first part or member. Not thread safe.
/// </summary>
internal sealed class OpenEvent(ResponseContext context, JsonOutput output)
{
    private byte[] _id = [];
    private byte[] _model = [];
    private bool _open;
    private int _choice = -1; // the candidate that is open
    private bool _partsOpen;
    private int _start;       // of the candidate's content
    private int _json;        // of the event's JSON

    /// <summary>Candidates that an event had.</summary>
    public List<int> Begun { get; } = [];

    public WaitingCitations Citations { get; } = new();

    public void Start(in ChatEvent item)
    {
        if (_id.Length == 0 && item.Id.HasValue) _id = item.Id.Span.ToArray();
        if (_model.Length == 0 && item.Model.HasValue) _model = item.Model.Span.ToArray();
    }

    /// <summary>The event has a part of the candidate already, which is still open.</summary>
    public bool HasParts(int choice) => _choice == choice && _partsOpen && !output.WrittenSpan.EndsWith("\"parts\":["u8);

    public void OpenParts(int choice)
    {
        if (_choice == choice && _partsOpen) return;
        // Members of the candidate were written after its parts: the rest goes into an event of its own.
        if (_choice == choice) End();
        OpenCandidate(choice);
    }

    /// <summary>Goes behind the parts; members that came already belong to an event of their own, since none may come twice.</summary>
    public void OpenMembers(int choice)
    {
        if (_choice == choice && !_partsOpen) End();
        OpenCandidate(choice);
        CloseParts();
    }

    /// <summary>The candidate's last members: what waited for parts waits no longer.</summary>
    public void OpenLastMembers(int choice)
    {
        OpenCandidate(choice);
        CloseParts();
        Citations.Write(choice, output);
    }

    /// <param name="usage">Of the last event, which is written for it alone if need be.</param>
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
        output.Name("modelVersion"u8);
        if (_model.Length > 0) output.Literal(_model);
        else output.Text(context.Model);
        output.Name("responseId"u8);
        if (_id.Length > 0) output.Literal(_id);
        else output.Text(context.FallbackId);
        output.EndObject();
        // Arguments are JSON that the model wrote, perhaps on several lines (openai-chat-sse-toolcall-c3e001).
        output.PutOnOneLine(_json);
        output.Bytes("\r\n\r\n"u8);
        output.NewValue();
        _open = false;
    }

    /// <summary>False when no event is open. Else its bytes are gone from the output, and nothing of it is left.</summary>
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
