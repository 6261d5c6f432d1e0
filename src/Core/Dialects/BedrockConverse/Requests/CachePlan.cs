using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Requests;

/// <summary>
/// Prompt-cache markers, which are separate blocks here (<c>cachePoint</c>) after the block that they mark. Models
/// without such a cache refuse them and get none.
/// </summary>
internal sealed class CachePlan(JsonOutput output, ModelFamily family, LossReport losses)
{
    private readonly CacheMarkers _markers = new(losses);

    /// <inheritdoc cref="CacheMarkers.Count"/>
    public void Count(List<TextPart> system, List<Turn> turns, int onTools)
    {
        if (family.Cache == CachePoints.None) return;
        _markers.Count(system, turns, family.Cache == CachePoints.Everywhere ? onTools : 0);
    }

    /// <summary>Writes the cache point after a block with this marker, if it has one.</summary>
    public void Write(JsonSlice marker, bool isTool = false)
    {
        if (Take(marker, isTool)) WritePoint(marker);
    }

    /// <summary>Whether there is a marker that the model accepts here.</summary>
    public bool Take(JsonSlice marker, bool isTool = false)
    {
        if (!marker.HasValue) return false;
        if (family.Cache == CachePoints.Everywhere || (family.Cache == CachePoints.NotInTools && !isTool)) return _markers.Take(marker);
        losses.Drop("cache_control");
        return false;
    }

    public void WritePoint(JsonSlice marker)
    {
        output.BeginObject();
        output.Name("cachePoint"u8);
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("default"u8);
        // Five minutes is the default, and older models do not know the member.
        var lifetime = marker.Member("ttl"u8).AsText();
        if (lifetime.HasValue && !lifetime.Is("5m"u8))
        {
            output.Name("ttl"u8);
            output.Text(lifetime);
        }
        output.EndObject();
        output.EndObject();
    }
}
