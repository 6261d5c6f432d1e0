using System.Text.Json;
using Nano.Chat;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>
/// Takes the state that the gateway had sealed for another model out of a Chat request that goes to a provider as it came:
/// calls and results get their providers' ids back, details and signatures go. Everything else is copied as it stands.
/// </summary>
internal sealed class SealedState
{
    /// <summary>The longest id that OpenAI takes in a Chat request.</summary>
    private const int MaxIdLength = 40;

    private readonly JsonOutput _output;
    private bool _changed;
    private bool _isLost;

    private SealedState(JsonOutput output) => _output = output;

    /// <inheritdoc cref="IDialect.TryLeaveOutState"/>
    public static bool TryLeaveOut(ReadOnlyMemory<byte> body, JsonOutput output, LossReport losses)
    {
        var edit = new SealedState(output);
        edit.Request(body);
        if (edit._isLost) losses.Drop(StateOpener.Lost);
        return edit._changed;
    }

    private void Request(ReadOnlyMemory<byte> body)
    {
        _output.BeginObject();
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            _output.Name(cursor.Name);
            if (cursor.NameIs("messages"u8) && cursor.Token == JsonTokenType.StartArray) Messages(ref cursor);
            else _output.Raw(cursor.TakeValue());
        }
        _output.EndObject();
    }

    private void Messages(ref JsonCursor cursor)
    {
        _output.BeginArray();
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var message = cursor.TakeValue();
            if (message.IsObject && StateSeal.IndexOf(message.Span) >= 0) Message(message);
            else _output.Raw(message);
        }
        _output.EndArray();
    }

    private void Message(JsonSlice message)
    {
        _output.BeginObject();
        var cursor = new JsonCursor(message.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            if (cursor.NameIs("tool_calls"u8) && cursor.Token == JsonTokenType.StartArray)
            {
                _output.Name(name);
                Calls(ref cursor);
                continue;
            }
            var value = cursor.TakeValue();
            if (name.Is("tool_call_id"u8) && value.IsText) Id(name, value, isCall: false);
            else if (!(name.Is("reasoning_details"u8) && IsSealed(value))) Keep(name, value);
        }
        _output.EndObject();
    }

    private void Calls(ref JsonCursor cursor)
    {
        _output.BeginArray();
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var call = cursor.TakeValue();
            if (!call.IsObject)
            {
                _output.Raw(call);
                continue;
            }
            _output.BeginObject();
            var members = new JsonCursor(call.Memory);
            members.EnterObject();
            while (members.NextMember())
            {
                var name = members.Name;
                var value = members.TakeValue();
                if (name.Is("id"u8) && value.IsText) Id(name, value, isCall: true);
                else if (!(name.Is("extra_content"u8) && IsSealed(value))) Keep(name, value);
            }
            _output.EndObject();
        }
        _output.EndArray();
    }

    private void Id(JsonText name, JsonSlice value, bool isCall)
    {
        var id = value.AsText();
        var (bare, carried) = CallIds.Split(id);
        if (!carried.HasValue)
        {
            Keep(name, value);
            return;
        }
        _changed = true;
        _isLost |= isCall;
        _output.Name(name);
        _output.Text(CallIds.Short(bare.HasValue ? bare : id, MaxIdLength));
    }

    /// <summary>It then is the gateway's own, all of it, and is left out.</summary>
    private bool IsSealed(JsonSlice value)
    {
        if (StateSeal.IndexOf(value.Span) < 0) return false;
        _changed = _isLost = true;
        return true;
    }

    private void Keep(JsonText name, JsonSlice value)
    {
        _output.Name(name);
        _output.Raw(value);
    }
}
