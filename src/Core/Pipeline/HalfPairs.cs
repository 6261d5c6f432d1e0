using Nano.Chat;
using Nano.Json;

namespace Nano.Pipeline;

/// <summary>
/// Halves of surrogate pairs in the text of a converted stream. A provider may cut an emoji between two events: the first
/// half waits for the second. An unpaired half becomes U+FFFD, as in a whole response: several clients raise an error for it.
/// Not thread safe.
/// </summary>
internal sealed class HalfPairs(IChatEventSink next)
{
    private ChatEvent _held;
    private bool _isHolding;

    public void On(in ChatEvent item)
    {
        // Nearly every event ends here: its text has no escape.
        if (!_isHolding && item.Text.Span.IndexOf("\\u"u8) < 0)
        {
            next.On(item);
            return;
        }
        Mend(item);
    }

    private void Mend(in ChatEvent item)
    {
        var text = item.Text;
        if (_isHolding)
        {
            var isNext = item.Kind == _held.Kind && item.Choice == _held.Choice && item.Part == _held.Part && item.ToolIndex == _held.ToolIndex;
            // Nothing yet that could continue it.
            if (isNext && text.IsPresent && text.IsEmpty && !item.Json.IsPresent) return;
            if (isNext && JsonEscaping.BeginsWithLow(text.Span)) text = new JsonText((byte[])[.. _held.Text.Span, .. text.Span]);
            else next.On(_held with { Text = new JsonText(JsonEscaping.Replacement.ToArray()) });
            _isHolding = false;
        }
        if (IsFragment(item.Kind) && JsonEscaping.EndsWithHigh(text.Span))
        {
            var half = text.Escaped[^JsonEscaping.UnitLength..];
            text = new JsonText(text.Escaped[..^JsonEscaping.UnitLength]);
            // Copy it: the event is valid only as long as the provider's bytes.
            _held = new ChatEvent(item.Kind) { Choice = item.Choice, Part = item.Part, PartKind = item.PartKind, ToolIndex = item.ToolIndex, IsCustom = item.IsCustom,
                Text = new JsonText(half.ToArray()) };
            _isHolding = true;
            if (text.IsEmpty && item.Extras is null) return;
        }
        if (JsonEscaping.IndexOfHalf(text.Span) >= 0)
        {
            var mended = text.Span.ToArray();
            JsonEscaping.ReplaceHalves(mended);
            text = new JsonText(mended);
        }
        next.On(item with { Text = text });
    }

    private static bool IsFragment(ChatEventKind kind) =>
        kind is ChatEventKind.Text or ChatEventKind.Refusal or ChatEventKind.Reasoning or ChatEventKind.ToolCallArguments;
}
