using System.Security.Cryptography;
using System.Text;
using Nano.Chat;
using Nano.Dialects.AnthropicMessages.Responses;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>Prepares a Messages request for another dialect: converts blocks, tools and members that only Anthropic has into common ones.</summary>
internal static class Generalizer
{
    /// <summary>OpenAI refuses a longer <c>user</c>; Claude Code sends a JSON text of 150 characters and more.</summary>
    private const int MaxUserLength = 64;

    private static readonly JsonText ServiceTier = JsonText.From("service_tier");
    private static readonly JsonSlice Default = JsonSlice.Constant("\"default\"");

    public static void Run(ChatRequest request, ModelTraits? traits, LossReport losses)
    {
        foreach (var message in request.Messages)
        {
            BlockGeneralizer.Run(message.Parts, losses);
            foreach (var part in message.Parts)
                if (part is TextPart text) Citations(text, losses);
        }
        RunTools(request, losses);
        RunTier(request);
        TokenLimit.Run(request, traits, losses);
        if (request.User.Span.Length <= MaxUserLength) return;
        losses.Emulate("metadata.user_id");
        request.User = JsonText.From("user_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request.User.ToString())))[..32]);
    }

    /// <summary>Anthropic's models read the sources of earlier turns; requests of other dialects have no member for them.</summary>
    private static void Citations(TextPart text, LossReport losses)
    {
        if (text.Citations is { Count: > 0 }) losses.Drop("messages.content.citations");
        // A stream begins each cited text with an empty list, and clients may send it back.
        else if (text.Extras?.Find("citations"u8) is { IsArray: true } list && CitationReader.IsEmpty(list)) text.Extras.Take("citations"u8);
    }

    private static void RunTools(ChatRequest request, LossReport losses)
    {
        for (var i = 0; i < request.Tools.Count; i++)
        {
            var tool = request.Tools[i];
            if (!tool.Native.IsPresent) request.Tools[i] = ToolGeneralizer.OfCaller(tool, losses);
            else if (ToolGeneralizer.OfClient(tool, losses) is { } function) request.Tools[i] = function;
            else if (WebSearch.OptionsOf(tool, losses) is { } options) request.Tools[i] = new ToolDefinition { Native = tool.Native, Search = options, Origin = tool.Origin };
        }
        if (request.ToolChoice is not { Mode: ToolChoiceMode.Tool } choice || request.Tools.Exists(tool => tool.Name.Span.SequenceEqual(choice.Name.Span))) return;
        // The choice names a tool that Anthropic runs. If it is the only tool, "any tool" means this one.
        request.ToolChoice = request.Tools is [{ Search.IsPresent: true }] ? new ToolChoice(ToolChoiceMode.Required) : null;
        if (request.ToolChoice is null) losses.Drop("tool_choice");
    }

    /// <summary>Here a tier is chosen only for priority; other dialects have a name for the standard tier, which is their default.</summary>
    private static void RunTier(ChatRequest request)
    {
        if (request.Extras?.Take("service_tier"u8).AsText() is not { } tier) return;
        if (tier.Is("standard_only"u8)) request.Extras.Add(ServiceTier, Default);
    }
}
