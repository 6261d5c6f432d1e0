using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Pipeline.Caching;

/// <summary>
/// Which requests and responses may be cached: responses that depend on the request alone. Requests that refer to state at a provider, create such state,
/// or let it run its own tools may not; nor may an incomplete response. Names are read as the most lenient server reads them.
/// </summary>
internal static class Cacheable
{
    /// <summary>Members that refer to state or switch on tools at the provider, with any value but <c>null</c> and <c>false</c>.</summary>
    private static readonly string[] Stateful =
    [
        "previousresponseid", "conversation", "conversationid", "background", "store", "container", "mcpservers", "cachedcontent", "previousinteractionid",
        "websearchoptions", "searchparameters", "enablesearch", "plugins", "agentid", "threadid",
    ];

    /// <summary>Members whose contents some servers treat as members of the request itself.</summary>
    private const string ExtraBody = "extrabody";

    /// <param name="keepsByDefault">The provider keeps responses unless the request has <c>"store": false</c>.</param>
    public static bool Allows(ReadOnlyMemory<byte> body, bool keepsByDefault)
    {
        try
        {
            var isStoreOff = false;
            return AllowsMembers(body, ref isStoreOff, depth: 0) && (!keepsByDefault || isStoreOff);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>A response that ended normally and contains nothing that only its provider can continue.</summary>
    public static bool Allows(ChatResponse response)
    {
        if (response.Choices.Count == 0) return false;
        foreach (var choice in response.Choices)
        {
            if (choice.Finish is not (FinishReason.Stop or FinishReason.StopSequence or FinishReason.Length or FinishReason.ToolCalls)) return false;
            foreach (var part in choice.Message.Parts)
                if (part is OpaquePart or MediaPart { Kind: MediaKind.Audio }) return false;
        }
        return true;
    }

    private static bool AllowsMembers(ReadOnlyMemory<byte> members, ref bool isStoreOff, int depth)
    {
        var cursor = new JsonCursor(members);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = MemberNames.Fold(cursor.Name.ToString());
            var value = cursor.TakeValue();
            if (name == "store") isStoreOff = value.IsFalse;
            if (!value.HasValue || value.IsFalse) continue;
            if (Array.IndexOf(Stateful, name) >= 0) return false;
            // OpenAI Responses: a template that is stored there. Elsewhere a text.
            if (name == "prompt" && value.IsObject) return false;
            if (name == "tools" && value.IsArray && !AllowsTools(value)) return false;
            if (name == ExtraBody && value.IsObject && depth == 0 && !AllowsMembers(value.Memory, ref isStoreOff, depth + 1)) return false;
        }
        return true;
    }

    /// <summary>The caller's own tools: with the type <c>function</c> or <c>custom</c> or without a type, and in Gemini declarations of functions.</summary>
    private static bool AllowsTools(JsonSlice tools)
    {
        var cursor = new JsonCursor(tools.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var tool = cursor.TakeValue();
            if (!tool.IsObject) return false;
            var type = tool.Member("type"u8);
            if (type.HasValue && !(type.AsText().Is("function"u8) || type.AsText().Is("custom"u8))) return false;
            if (!type.HasValue && !IsOwn(tool)) return false;
        }
        return true;
    }

    private static bool IsOwn(JsonSlice tool)
    {
        var cursor = new JsonCursor(tool.Memory);
        cursor.EnterObject();
        var isNamed = false;
        while (cursor.NextMember())
        {
            var name = MemberNames.Fold(cursor.Name.ToString());
            cursor.Skip();
            isNamed |= name is "name" or "function" or "functiondeclarations";
            if (name is not ("name" or "description" or "inputschema" or "parameters" or "function" or "functiondeclarations" or "strict" or "cachecontrol"
                or "eagerinputstreaming" or "inputexamples" or "deferloading")) return false;
        }
        return isNamed;
    }
}
