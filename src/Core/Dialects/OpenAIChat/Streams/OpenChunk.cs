using System.Buffers.Text;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>A member of a chunk's delta, or of its choice.</summary>
internal enum ChunkField
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

/// <summary>
/// The chunk that is being written: its choice, and the member of the choice's delta that grows. A struct inside its writer, which
/// saves an object per stream.
/// </summary>
internal struct OpenChunk(ChunkHead head, ChunkCalls calls, JsonOutput output)
{
    private ChunkField _field;   // the member of its delta that is being written
    private int _used;           // the members it already has, as bits
    private bool _hasMembers;    // its delta is not empty
    private bool _deltaClosed;

    /// <summary>All choices of the stream so far.</summary>
    public readonly List<ChunkChoice> Choices { get; } = [];

    /// <summary>The choice of the chunk; null while no chunk is open.</summary>
    public ChunkChoice? Choice { get; private set; }

    /// <summary>Opens the member for writing, in a new chunk if this one already has it.</summary>
    public void Enter(int index, ChunkField field)
    {
        if (Choice is not null && Choice.Index == index && _field == field && field is not (ChunkField.Audio or ChunkField.Logprobs)) return;
        var choice = Find(index);
        if (Choice is not null && (Choice != choice || _deltaClosed || (_used & (1 << (int)field)) != 0)) Close(default, default);
        if (Choice is null) Open(choice);
        else EndField();
        _field = field;
        _used |= 1 << (int)field;
        if (field == ChunkField.Logprobs)
        {
            _deltaClosed = true;
            output.Bytes("},\"logprobs\":"u8);
            return;
        }
        if (_hasMembers) output.Bytes(","u8);
        _hasMembers = true;
        output.Bytes(field switch
        {
            ChunkField.Content => "\"content\":\""u8,
            ChunkField.Reasoning => "\"reasoning_content\":\""u8,
            ChunkField.Refusal => "\"refusal\":\""u8,
            ChunkField.ToolCalls => "\"tool_calls\":["u8,
            ChunkField.FunctionCall => "\"function_call\":"u8,
            ChunkField.Details => "\"reasoning_details\":["u8,
            ChunkField.Annotations => "\"annotations\":["u8,
            ChunkField.Images => "\"images\":["u8,
            _ => "\"audio\":"u8,
        });
        output.NewValue();
    }

    private void EndField()
    {
        switch (_field)
        {
            case ChunkField.Content or ChunkField.Reasoning or ChunkField.Refusal:
                output.Bytes("\""u8);
                break;
            case ChunkField.ToolCalls:
                calls.End();
                output.Bytes("]"u8);
                break;
            case ChunkField.FunctionCall:
                calls.EndFunction();
                break;
            case ChunkField.Details or ChunkField.Annotations or ChunkField.Images:
                output.Bytes("]"u8);
                break;
        }
        _field = ChunkField.None;
    }

    public void Open(ChunkChoice choice)
    {
        output.Bytes(head.ForChoice());
        Span<byte> digits = stackalloc byte[11];
        Utf8Formatter.TryFormat(choice.Index, digits, out var length);
        output.Bytes(digits[..length]);
        output.Bytes(choice.HasRole ? ",\"delta\":{"u8 : ",\"delta\":{\"role\":\"assistant\""u8);
        Choice = choice;
        _field = ChunkField.None;
        _used = 0;
        _hasMembers = !choice.HasRole;
        _deltaClosed = false;
    }

    /// <summary>Ends the chunk, if one is open.</summary>
    /// <param name="finish">The finish reason; empty for none yet.</param>
    public void Close(ReadOnlySpan<byte> finish, ReadOnlySpan<byte> native)
    {
        if (Choice is null) return;
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
        Choice.HasRole = true;
        Choice = null;
    }

    public readonly ChunkChoice Find(int index)
    {
        if (Choice is not null && Choice.Index == index) return Choice;
        foreach (var choice in Choices)
            if (choice.Index == index) return choice;
        Choices.Add(new ChunkChoice(index));
        return Choices[^1];
    }
}
