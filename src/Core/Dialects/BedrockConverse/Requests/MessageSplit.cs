using Nano.Chat;
using Nano.Dialects.Shared;

namespace Nano.Dialects.BedrockConverse.Requests;

/// <summary>
/// Splits the blocks of a planned turn by what a model family accepts: results first, then the media that the model does
/// not accept inside a result, in separate messages if they may not share one.
/// </summary>
internal readonly struct MessageSplit(ModelFamily family, PartFilter filter, LossReport losses)
{
    public (List<TurnBlock> Results, List<TurnBlock> Others) Of(Turn turn)
    {
        List<TurnBlock> results = [], others = [];
        foreach (var block in turn.Blocks)
        {
            if (block.Kind is not (TurnBlockKind.Result or TurnBlockKind.MissingResult))
            {
                others.Add(block);
                continue;
            }
            results.Add(block);
            if (block.Part is not ToolResultPart result) continue;
            foreach (var part in result.Parts)
                if (part is MediaPart media && !TakesInside(media) && filter.ForUser(media) is { } kept)
                {
                    losses.Emulate("messages.tool.content");
                    others.Add(new TurnBlock(TurnBlockKind.Content, kept, default));
                }
        }
        return (results, others);
    }

    /// <summary>Whether the model accepts this medium inside a result.</summary>
    public bool TakesInside(MediaPart media) => media.Kind switch
    {
        MediaKind.Image => family.ResultMedia.HasFlag(ResultMedia.Image),
        MediaKind.Document => family.ResultMedia.HasFlag(ResultMedia.Document),
        _ => false,
    };

    /// <summary>Whether these blocks may not be in a message with results.</summary>
    public bool MustBeAlone(List<TurnBlock> others)
    {
        if (family.LoneResults) return true;
        if (!family.NoDocumentsBesideResults) return false;
        foreach (var block in others)
            if (IsDocument(block)) return true;
        return false;
    }

    public static bool IsDocument(in TurnBlock block) => block.Part is MediaPart { Kind: MediaKind.Document or MediaKind.Video };

    /// <summary>"If you include a ContentBlock with a document field, you must also include a ContentBlock with a text field."</summary>
    public static bool HasDocumentWithoutText(List<TurnBlock> blocks)
    {
        var hasDocument = false;
        foreach (var block in blocks)
        {
            if (block is { Kind: TurnBlockKind.StrayResult } or { Part: TextPart }) return false;
            hasDocument |= block is { Kind: TurnBlockKind.Content, Part: MediaPart { Kind: MediaKind.Document } };
        }
        return hasDocument;
    }
}
