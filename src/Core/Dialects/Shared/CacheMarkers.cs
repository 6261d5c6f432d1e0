using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Chooses among the prompt-cache markers of another dialect's request. Anthropic accepts four. If there are more, the first ones of system
/// and messages are dropped, since a later marker caches the same leading tokens too.
/// </summary>
internal class CacheMarkers(LossReport losses)
{
    private const int Most = 4;

    private int _surplus;

    /// <summary>Call before anything is written.</summary>
    public void Count(IEnumerable<TextPart> system, List<Turn> turns, int onTools)
    {
        var count = onTools;
        foreach (var text in system)
            if (text.CacheControl.HasValue) count++;
        foreach (var turn in turns)
            foreach (var block in turn.Blocks)
                if (Of(block).HasValue) count++;
        _surplus = count - Most;
    }

    /// <summary>Whether there is a marker that is not dropped.</summary>
    public bool Take(JsonSlice marker)
    {
        if (!marker.HasValue) return false;
        if (_surplus-- <= 0) return true;
        losses.Drop("cache_control");
        return false;
    }

    /// <summary>Markers inside a result are accepted only on the result itself (https://platform.claude.com/docs/en/build-with-claude/prompt-caching).</summary>
    public static JsonSlice Of(ToolResultPart result)
    {
        var marker = result.CacheControl;
        foreach (var part in result.Parts)
            if (part.CacheControl.HasValue) marker = part.CacheControl;
        return marker;
    }

    public static JsonSlice Of(in TurnBlock block) => block switch
    {
        { Kind: TurnBlockKind.Result, Part: ToolResultPart result } => Of(result),
        { Kind: TurnBlockKind.StrayResult } or { Part: null or ReasoningPart } => default,
        { Part: var part } => part.CacheControl,
    };
}
