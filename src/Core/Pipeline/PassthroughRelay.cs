using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Providers;
using Nano.Routing;
using Nano.Streaming;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>The same dialect on both sides: events are forwarded byte for byte, and a tap reads usage. Only a provider's quirks are edited.</summary>
/// <param name="dialect">The dialect of both sides.</param>
/// <param name="edit">Null for a provider whose events need none.</param>
/// <param name="ids">Null if response ids are forwarded unchanged.</param>
/// <param name="endMarker">See <see cref="StreamFormat.EndMarker"/>.</param>
internal sealed class PassthroughRelay(IDialect dialect, IUsageTap tap, IEventEdit? edit, Provider provider, bool keepUsage, ProviderKey key, ReadOnlyMemory<byte> endMarker,
    StoredIds? ids = null) : IEventRelay
{
    public bool HasEnded { get; private set; }

    public bool IsComplete => tap.IsComplete;

    public int ContentEvents { get; private set; }

    public Usage? Usage => tap.Usage;

    public FinishReason Finish => tap.Finish;

    public IReadOnlyList<FinishReason>? Finishes => tap.Finishes;

    public string? Model => tap.Model;

    public StreamPlace Place => tap.Place;

    public GatewayError? Take(in SseEvent received, JsonOutput output)
    {
        var item = ValidText.Of(received);
        if (!item.HasData)
        {
            output.Bytes(item.Raw.Span);
            return null;
        }
        // Some providers send an event without data as a keep-alive; clients that parse it as JSON would fail.
        if (SseEvent.IsBlank(item.Data.Span)) return null;
        var (verdict, unreadable) = tap.TryOnEvent(item.Type, item.Data, provider.Id);
        if (unreadable is not null) return unreadable;
        switch (verdict)
        {
            case TapVerdict.UsageOnly when !keepUsage:
                return null;
            case TapVerdict.Error:
                return UpstreamErrors.FromSuccess(provider, tap.Error ?? default, key);
            case TapVerdict.Content:
                ContentEvents++;
                break;
            case TapVerdict.End:
                HasEnded = true;
                edit?.WriteMissing(tap.OpenChoices, output);
                break;
        }
        if (ids is not null && verdict != TapVerdict.Content && ids.TryReplace(item.Raw.Span, tap.Place.Id, output)) return null;
        if ((edit is null || !TryEdit(item, output)) && !dialect.TryRepairEvent(item.Type, item.Data, output)) output.Bytes(item.Raw.Span);
        return null;
    }

    public void Complete(JsonOutput output)
    {
        if (edit is { AddsEnd: true } && !HasEnded) output.Bytes(endMarker.Span);
    }

    private bool TryEdit(in SseEvent item, JsonOutput output)
    {
        var before = output.Length;
        var edited = false;
        try
        {
            output.Bytes("data: "u8);
            output.NewValue();
            if (!edit!.TryEdit(item.Data, output)) return false;
            output.PutOnOneLine(before);
            output.Bytes("\n\n"u8);
            return edited = true;
        }
        finally
        {
            // Remove half an event, which remains if memory ran out: the error comes next.
            if (!edited) output.TruncateTo(before);
        }
    }
}
