using Nano.Chat;

namespace Nano.Dialects.Shared;

/// <summary>Tools that only their own dialect knows (<see cref="ToolDefinition.Native"/>).</summary>
internal static class NativeTools
{
    /// <summary>Reports the tool by its type, or by its name if it has no type (Gemini).</summary>
    public static void Drop(ToolDefinition tool, LossReport losses)
    {
        var type = tool.Native.Member("type"u8).AsText();
        losses.Drop(type.HasValue ? $"tools.{type}" : tool.Name.HasValue ? NameOf(tool) : "tools");
    }

    /// <summary>Reports the tool by its name, or by its type if it has no name.</summary>
    public static void DropByName(ToolDefinition tool, LossReport losses) => losses.Drop(NameOf(tool));

    /// <summary>The tool in a loss report: by its name, or by its type if it has no name.</summary>
    public static string NameOf(ToolDefinition tool) => $"tools.{(tool.Name.HasValue ? tool.Name : tool.Native.Member("type"u8).AsText())}";
}
