using System.Text.Json;
using Nano.Chat;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects.Shared;

/// <summary>
/// Copies a passthrough request without the state that the gateway sealed for another model: ids of tool calls become the
/// providers' own again, and values with sealed state are dropped. Everything else is copied unchanged. Each dialect defines
/// where its clients keep state.
/// </summary>
internal abstract class SealedStateRemover(JsonOutput output)
{
    private bool _isLost;

    /// <summary>Members that were dropped besides sealed state.</summary>
    private readonly List<string> _others = [];

    protected JsonOutput Output { get; } = output;

    /// <summary>The copy differs from the request.</summary>
    protected bool HasChanged { get; set; }

    /// <summary>The longest id that the dialect accepts, in characters; a longer one is replaced by its hash.</summary>
    protected virtual int MaxIdLength => 64;

    /// <summary>Copies <paramref name="body"/>; false if it has no sealed state. Reports losses. Raises the same exceptions as a dialect's reader.</summary>
    public bool Run(ReadOnlyMemory<byte> body, LossReport losses)
    {
        Request(body);
        if (_isLost) losses.Drop(StateOpener.Lost);
        foreach (var member in _others) losses.Drop(member);
        return HasChanged;
    }

    protected abstract void Request(ReadOnlyMemory<byte> body);

    /// <summary>Whether a value may contain state; other values are copied without scanning their members.</summary>
    protected virtual bool MayHold(ReadOnlySpan<byte> value) => StateSeal.IndexOf(value) >= 0;

    /// <summary>Copies the top level, and hands the array of one member to <paramref name="conversation"/>.</summary>
    protected void TopLevel(ReadOnlyMemory<byte> body, ReadOnlySpan<byte> member, Action<JsonSlice> conversation)
    {
        Output.BeginObject();
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var isConversation = cursor.NameIs(member) && cursor.Token == JsonTokenType.StartArray;
            var value = cursor.TakeValue();
            if (TopLevelMember(name, value)) continue;
            Output.Name(name);
            if (isConversation && MayHold(value.Span)) conversation(value);
            else Output.Raw(value);
        }
        Output.EndObject();
    }

    /// <summary>Writes a replacement for a top-level member and returns true; false for most members.</summary>
    protected virtual bool TopLevelMember(JsonText name, JsonSlice value) => false;

    /// <summary>Copies an array; elements that may hold sealed state (<see cref="MayHold"/>) go through <paramref name="element"/>, which writes one value or none.</summary>
    protected void Elements(JsonSlice array, Action<JsonSlice> element)
    {
        Output.BeginArray();
        var cursor = new JsonCursor(array.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var value = cursor.TakeValue();
            if (value.IsObject && MayHold(value.Span)) element(value);
            else Output.Raw(value);
        }
        Output.EndArray();
    }

    /// <summary>Copies an object; <paramref name="member"/> returns true if it has written or dropped the member.</summary>
    protected void Members(JsonSlice value, Func<JsonText, JsonSlice, bool> member)
    {
        Output.BeginObject();
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var inner = cursor.TakeValue();
            if (member(name, inner)) continue;
            Output.Name(name);
            Output.Raw(inner);
        }
        Output.EndObject();
    }

    /// <summary>Writes a call's id without its state. False if it has none.</summary>
    /// <param name="isCall">False for the id in a tool result, whose call has already been counted as a loss.</param>
    protected bool Id(JsonText name, JsonSlice value, bool isCall)
    {
        if (!value.IsText) return false;
        var id = value.AsText();
        var (bare, carried) = CallIds.Split(id);
        if (!carried.HasValue) return false;
        HasChanged = true;
        _isLost |= isCall;
        Output.Name(name);
        Output.Text(CallIds.Short(bare.HasValue ? bare : id, MaxIdLength));
        return true;
    }

    /// <summary>Whether a value contains sealed state. The whole value is then the gateway's own, and the calling code drops it.</summary>
    protected bool IsSealed(JsonSlice value) => StateSeal.IndexOf(value.Span) >= 0 && Lose();

    /// <summary>Notes that the calling code drops sealed state.</summary>
    protected bool Lose() => HasChanged = _isLost = true;

    /// <summary>Notes that the calling code drops another member.</summary>
    protected void Lose(string member)
    {
        HasChanged = true;
        _others.Add(member);
    }
}
