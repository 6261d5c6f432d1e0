using Nano.Chat;
using Nano.Dialects.Gemini.Requests;
using Nano.Json;

namespace Nano.Dialects.Gemini.Streams;

/// <summary>
/// Another dialect's calls whose arguments are still arriving: Gemini sends a call whole. Fragments are copied, since
/// their events are not kept.
/// </summary>
internal sealed class PendingCalls
{
    private readonly List<PendingCall> _calls = [];

    public void Start(in ChatEvent item, JsonText name) => _calls.Add(new PendingCall(item, name));

    public void Add(in ChatEvent item)
    {
        foreach (var call in _calls)
            if (call.Choice == item.Choice && call.Index == item.ToolIndex) call.Add(item);
    }

    /// <summary>Removes and returns one call; null if it is not pending.</summary>
    public PendingCall? Take(int choice, int index)
    {
        for (var i = 0; i < _calls.Count; i++)
            if (_calls[i].Choice == choice && _calls[i].Index == index) return TakeAt(i);
        return null;
    }

    public PendingCall? TakeFirst(int choice)
    {
        for (var i = 0; i < _calls.Count; i++)
            if (_calls[i].Choice == choice) return TakeAt(i);
        return null;
    }

    public IEnumerable<int> Choices() => _calls.Select(c => c.Choice).Distinct().ToArray();

    private PendingCall TakeAt(int i)
    {
        var call = _calls[i];
        _calls.RemoveAt(i);
        return call;
    }
}

/// <summary>One call and its arguments so far.</summary>
internal sealed class PendingCall(in ChatEvent start, JsonText name) : IDisposable
{
    private readonly byte[] _id = start.Id.Span.ToArray();
    private readonly byte[] _name = name.Span.ToArray();
    private readonly byte[] _signature = start.Signature.Span.ToArray();
    private readonly JsonOutput _arguments = new(256);
    private bool _whole;

    public int Choice { get; } = start.Choice;

    public int Index { get; } = start.ToolIndex;

    public void Add(in ChatEvent item)
    {
        if (item.Json.HasValue)
        {
            _arguments.Clear();
            _arguments.Bytes(item.Json.Span);
            _whole = true;
        }
        else
        {
            _arguments.Bytes(item.Text.Span);
        }
    }

    /// <summary>Writes the part; false if the arguments are not a JSON object and were written as text.</summary>
    /// <param name="isFirst">Whether it is its candidate's first call: Gemini 3 requires a signature on it when the caller returns it.</param>
    public bool Write(bool isFirst, JsonOutput output)
    {
        output.BeginObject();
        output.Name("functionCall"u8);
        output.BeginObject();
        if (_id.Length > 0)
        {
            output.Name("id"u8);
            output.Literal(_id);
        }
        output.Name("name"u8);
        output.Literal(_name);
        output.Name("args"u8);
        var arguments = _whole
            ? new ToolArguments { Json = new JsonSlice(_arguments.Written) }
            : new ToolArguments { Encoded = new JsonText(_arguments.Written) };
        var good = arguments.WriteObject(output);
        output.EndObject();
        if (_signature.Length > 0) OwnParts.WriteSignature(new JsonText(_signature), 0, output);
        else if (isFirst) OwnParts.WriteSignature(Signatures.UnknownForCaller, 0, output);
        output.EndObject();
        return good;
    }

    public void Dispose() => _arguments.Dispose();
}
