using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>
/// The items of a streamed response. Finds an event's item by the item's id and the call's id first, then by the index, then by the
/// kind of the open item. Some providers count indexes from 1 or send only 0, omit indexes or ids, or change ids between the events of
/// one item.
/// </summary>
internal sealed class OpenItems
{
    /// <summary>The maximum number of items in a response.</summary>
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
        // If all indexes are 0, another item begins after a complete one.
        if (item is { IsDone: true } && !item.IsNamed(place.ItemId)) item = null;
        item ??= LastOpen(place.Index, kind) ?? Add(place.Index, kind);
        item.Named(place.ItemId, default);
        return _last = item;
    }

    /// <summary>The item that begins: a new one, unless deltas preceded it.</summary>
    public OpenItem Added(int index, in Item item)
    {
        var known = ById(item.Id, CallIdOf(item)) ?? ByPlace(index, item.Kind, CallIdOf(item)) ?? LastOpen(index, item.Kind);
        if (known is null || (known.IsAdded && !known.IsNamed(item.Id) && !known.IsCall(CallIdOf(item)))) known = Add(index, item.Kind);
        return Known(known, item);
    }

    /// <summary>The item that is complete.</summary>
    public OpenItem Done(int index, in Item item)
    {
        var known = ById(item.Id, CallIdOf(item)) ?? ByPlace(index, item.Kind, CallIdOf(item)) ?? LastOpen(index, item.Kind);
        // If all indexes are 0, a complete item with another id is another item.
        if (known is { IsDone: true } && !known.IsNamed(item.Id) && !known.IsCall(CallIdOf(item)) && item.Id.HasValue && known.HasId) known = null;
        return Known(known ?? Add(index, item.Kind), item);
    }

    /// <summary>The item that the final response repeats; null for one that the stream did not contain.</summary>
    /// <param name="claimed">The items found so far.</param>
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

    /// <summary>If either has no index: the last incomplete item of the kind.</summary>
    private OpenItem? LastOpen(int index, ItemKind kind)
    {
        for (var i = _items.Count - 1; i >= 0; i--)
            if (!_items[i].IsDone && IsSame(_items[i].Kind, kind) && (index < 0 || _items[i].Index < 0)) return _items[i];
        return null;
    }

    private static bool IsSame(ItemKind a, ItemKind b) => a == b || (IsCall(a) && IsCall(b));

    private static bool IsCall(ItemKind kind) => kind is ItemKind.FunctionCall or ItemKind.CustomToolCall;

    /// <summary>The id of a call among calls; a tool's result has the same id, but is another item.</summary>
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
