using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>Writes prompt-cache markers as <c>cache_control</c> members.</summary>
internal sealed class CacheControls(JsonOutput output, LossReport losses) : CacheMarkers(losses)
{
    public void Write(JsonSlice marker)
    {
        if (Take(marker)) BlockEcho.WriteCacheControl(marker, output);
    }
}
