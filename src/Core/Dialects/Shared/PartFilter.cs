using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>Decides which parts of another dialect's turns have a block in Messages or Converse, and reports those without one.</summary>
/// <param name="own">The dialect that is written.</param>
/// <param name="takesVideo">Converse has video blocks, Messages has none.</param>
internal sealed class PartFilter(LossReport losses, string own, bool takesVideo = false)
{
    /// <summary>Non-empty content was dropped since the last reset.</summary>
    public bool DroppedContent { get; set; }

    /// <summary>Whether to write a text. Blank text is refused; dropping an empty text is not a loss.</summary>
    public bool IsWorthSaying(JsonText text, ContentPart part)
    {
        losses.DropExtras(part.Extras, own, "messages.content");
        if (!EscapedText.IsBlank(text)) return true;
        if (text.HasValue) losses.Drop("messages.content");
        if (part.CacheControl.HasValue) losses.Drop("messages.content.cache_control");
        return false;
    }

    /// <summary>The part to write, or null.</summary>
    public ContentPart? ForUser(ContentPart part)
    {
        switch (part)
        {
            case TextPart text:
                return IsWorthSaying(text.Text, text) ? text : null;
            case RefusalPart refusal:
                return IsWorthSaying(refusal.Text, refusal) ? new TextPart(refusal.Text) { CacheControl = refusal.CacheControl } : null;
            case MediaPart media when media.Kind is MediaKind.Image or MediaKind.Document || (takesVideo && media.Kind == MediaKind.Video):
                losses.DropExtras(media.Extras, own, "messages.content");
                if (media.Detail.HasValue && !media.Detail.Is("auto"u8)) losses.Drop("messages.content.image_url.detail");
                return media;
            case MediaPart media:
                DroppedContent = true;
                losses.Drop(media.Kind == MediaKind.Audio ? "messages.content.input_audio" : "messages.content.video");
                return null;
            default:
                DropOther(part);
                return null;
        }
    }

    public ContentPart? ForAssistant(ContentPart part)
    {
        switch (part)
        {
            case TextPart or RefusalPart:
                return ForUser(part);
            case MediaPart media:
                losses.Drop(media.Kind == MediaKind.Audio ? "messages.audio" : "messages.images");
                return null;
            default:
                DropOther(part);
                return null;
        }
    }

    /// <summary>Reasoning is sent only to its origin, and only with its signature (case 16: unsigned blocks are refused).</summary>
    public bool IsOwnState(ReasoningPart reasoning)
    {
        if (reasoning.Origin == own && (reasoning.Signature.HasValue || reasoning.Opaque.HasValue)) return true;
        if (reasoning.Text.HasValue || reasoning.Signature.HasValue || reasoning.Opaque.HasValue) losses.Drop("messages.reasoning_content");
        return false;
    }

    private void DropOther(ContentPart part)
    {
        DroppedContent = true;
        if (part is OpaquePart { Type.HasValue: true } opaque) losses.Drop($"messages.content.{opaque.Type}");
        else losses.Drop("messages.content");
    }
}
