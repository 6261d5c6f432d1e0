using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>Blocks <c>{"type":"tool_reference","tool_name":"..."}</c> in the results of a search for tools.</summary>
internal static class ToolReferences
{
    public static bool Is(OpaquePart block) => block.Type.Is("tool_reference"u8);

    /// <summary>Absent if the block has none.</summary>
    public static JsonText NameOf(OpaquePart block) => block.Value.Member("tool_name"u8).AsText();

    /// <summary>Lets the blocks name the tools as the model knows them.</summary>
    public static void Rename(ChatRequest request, CallerNames names)
    {
        foreach (var message in request.Messages)
            foreach (var part in message.Parts)
                if (part is ToolResultPart result) Rename(result.Parts, names);
    }

    private static void Rename(List<ContentPart> parts, CallerNames names)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            if (parts[i] is not OpaquePart block || !Is(block)) continue;
            using var renamed = new JsonOutput(128);
            renamed.BeginObject();
            renamed.Name("type"u8);
            renamed.Text(block.Type);
            renamed.Name("tool_name"u8);
            renamed.Text(names.Given(NameOf(block)));
            renamed.EndObject();
            parts[i] = new OpaquePart(block.Origin, block.Type, new JsonSlice(renamed.WrittenSpan.ToArray()));
        }
    }
}
