using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>
/// The items of a streamed response, and which of them an event is about: by the item's id and the call's id first, then by the place, then
/// by what kind of item is open. Some providers count places from 1 or all as 0, leave places or ids out, or change ids between the events
/// of one item.
/// </summary>
internal sealed class OpenItems
{
    /// <summary>More items than this are not a response.</summary>
    private const int MostItems = 4096;

    private readonly List<OpenItem> _items = [];
    private OpenItem? _last;

    public IReadOnlyList<OpenItem> All => _items;

    /// <summary>The item of a delta, or of an event about a part of an item.</summary>
    public OpenItem Of(in Place place, ItemKind kind)
    {
        if (_last is { IsDone: false } last && IsSame(last.Kind, kind) && (place.ItemId.HasValue ? last.IsNamed(place.ItemId) : place.Index >= 0 && last.Index == place.Index))
            return last;
        var item = ById(place.ItemId, default) ?? ByPlace(place.Index, kind, default);
        // Places that are all 0: behind a whole item another one begins.
        if (item is { IsDone: true } && !item.IsNamed(place.ItemId)) item = null;
        item ??= LastOpen(place.Index, kind) ?? Add(place.Index, kind);
        item.Named(place.ItemId, default);
        return _last = item;
    }

    /// <summary>The item that begins: a new one, unless deltas came before it.</summary>
    public OpenItem Added(int index, in Item item)
    {
        var known = ById(item.Id, CallIdOf(item)) ?? ByPlace(index, item.Kind, CallIdOf(item)) ?? LastOpen(index, item.Kind);
        if (known is null || (known.IsAdded && !known.IsNamed(item.Id) && !known.IsCall(CallIdOf(item)))) known = Add(index, item.Kind);
        return Known(known, item);
    }

    /// <summary>The item that is whole.</summary>
    public OpenItem Done(int index, in Item item)
    {
        var known = ById(item.Id, CallIdOf(item)) ?? ByPlace(index, item.Kind, CallIdOf(item)) ?? LastOpen(index, item.Kind);
        // Places that are all 0: what is told whole under another id is another item.
        if (known is { IsDone: true } && !known.IsNamed(item.Id) && !known.IsCall(CallIdOf(item)) && item.Id.HasValue && known.HasId) known = null;
        return Known(known ?? Add(index, item.Kind), item);
    }

    /// <summary>The item that the response at the stream's end contains once more; null for one that the stream did not bring.</summary>
    /// <param name="claimed">The items that were found so far.</param>
    public OpenItem? Repeated(int index, in Item item, HashSet<OpenItem> claimed)
    {
        var known = ById(item.Id, CallIdOf(item));
        foreach (var other in _items)
            if (known is null && other.Index == index && IsSame(other.Kind, item.Kind) && !claimed.Contains(other) && !IsOtherCall(other, CallIdOf(item))) known = other;
        foreach (var other in _items)
            if (known is null && IsSame(other.Kind, item.Kind) && !claimed.Contains(other) && !IsOtherCall(other, CallIdOf(item))
                && !(other.HasId && item.Id.HasValue && other.Index >= 0)) known = other;
        return known;
    }

    private OpenItem? ById(JsonText id, JsonText callId)
    {
        for (var i = _items.Count - 1; i >= 0 && id.HasValue; i--)
            if (_items[i].IsNamed(id)) return _items[i];
        for (var i = _items.Count - 1; i >= 0 && callId.HasValue; i--)
            if (_items[i].IsCall(callId)) return _items[i];
        return null;
    }

    private OpenItem? ByPlace(int index, ItemKind kind, JsonText callId)
    {
        for (var i = _items.Count - 1; i >= 0 && index >= 0; i--)
            if (_items[i].Index == index && IsSame(_items[i].Kind, kind) && !IsOtherCall(_items[i], callId)) return _items[i];
        return null;
    }

    /// <summary>Where one of the two has no place: the last item of the kind that is not whole yet.</summary>
    private OpenItem? LastOpen(int index, ItemKind kind)
    {
        for (var i = _items.Count - 1; i >= 0; i--)
            if (!_items[i].IsDone && IsSame(_items[i].Kind, kind) && (index < 0 || _items[i].Index < 0)) return _items[i];
        return null;
    }

    private static bool IsSame(ItemKind a, ItemKind b) => a == b || (IsCall(a) && IsCall(b));

    private static bool IsCall(ItemKind kind) => kind is ItemKind.FunctionCall or ItemKind.CustomToolCall;

    /// <summary>What names a call among calls; a result of a tool has the id of its call and is another item.</summary>
    private static JsonText CallIdOf(in Item item) => IsCall(item.Kind) ? item.CallId : default;

    private static bool IsOtherCall(OpenItem item, JsonText callId) => callId.HasValue && item.HasCallId && !item.IsCall(callId);

    private OpenItem Known(OpenItem open, in Item item)
    {
        open.Kind = item.Kind;
        open.IsAdded = true;
        open.Named(item.Id, CallIdOf(item));
        return _last = open;
    }

    private OpenItem Add(int index, ItemKind kind)
    {
        if (_items.Count >= MostItems) throw new DialectException(GatewayError.Invalid("The response has too many items."));
        _items.Add(new OpenItem(index) { Kind = kind });
        return _items[^1];
    }
}
