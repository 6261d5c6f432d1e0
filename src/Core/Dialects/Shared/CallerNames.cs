using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Replaces names of tools that the target does not accept, and restores them in its calls: Anthropic takes 128 characters and Gemini dots and colons, and most others
/// 64 letters, digits, <c>_</c> and <c>-</c> (Claude Code's <c>mcp__plugin_PLUGIN_SERVER__TOOL</c>). The same tools get the same names, so that prompt caches keep working.
/// </summary>
internal sealed class CallerNames : RequestMemo
{
    /// <summary>The new names by the caller's.</summary>
    private readonly Dictionary<string, JsonText> _given = new(StringComparer.Ordinal);

    /// <summary>The caller's names by the new ones. They are copies, since the response is written after the request's bytes are released.</summary>
    private readonly Dictionary<string, JsonText> _own = new(StringComparer.Ordinal);

    private CallerNames()
    {
    }

    /// <summary>Changes the tools, their choice and the history. Null, without any cost, if the target accepts all names.</summary>
    public static CallerNames? Replace(ChatRequest request, IUpstreamDialect target, LossReport losses)
    {
        // A response of the same origin is echoed, so that nothing would be restored; its provider judges the names.
        if (target.Origin == request.Origin || AreTaken(request.Tools, target)) return null;
        losses.Emulate("tools.function.name");
        var names = new CallerNames();
        names.Give(request.Tools, target);
        for (var i = 0; i < request.Tools.Count; i++)
            if (IsFunction(request.Tools[i])) request.Tools[i] = request.Tools[i].WithName(names.Given(request.Tools[i].Name));
        if (request.ToolChoice is { } choice) request.ToolChoice = choice.WithNames(names.Given(choice.Name), [.. choice.Allowed.Select(names.Given)]);
        foreach (var message in request.Messages) names.Change(message.Parts);
        return names;
    }

    /// <summary>The caller's name of a call in a response.</summary>
    public static JsonText Restore(RequestMemo? memo, JsonText name) =>
        memo is CallerNames names && names._own.TryGetValue(name.ToString(), out var own) ? own : name;

    private static bool AreTaken(List<ToolDefinition> tools, IUpstreamDialect target)
    {
        foreach (var tool in tools)
            if (IsFunction(tool) && !target.TakesToolName(tool.Name.Span)) return false;
        return true;
    }

    private static bool IsFunction(ToolDefinition tool) => !tool.Native.IsPresent && tool.Name.HasValue;

    private void Give(List<ToolDefinition> tools, IUpstreamDialect target)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tool in tools)
            if (IsFunction(tool) && target.TakesToolName(tool.Name.Span)) used.Add(tool.Name.ToString());
        foreach (var tool in tools)
        {
            if (!IsFunction(tool) || target.TakesToolName(tool.Name.Span) || _given.ContainsKey(tool.Name.ToString())) continue;
            var stem = ToolNames.Fit(tool.Name.ToString());
            // Gemini takes no digit or hyphen first.
            if (!target.TakesToolName(System.Text.Encoding.ASCII.GetBytes(stem))) stem = ToolNames.Fit($"_{tool.Name}");
            var name = stem;
            for (var n = 2; !used.Add(name); n++) name = $"{stem[..Math.Min(stem.Length, ToolNames.CommonLength - 5)]}_{n}";
            _given.Add(tool.Name.ToString(), JsonText.From(name));
            _own.Add(name, new JsonText(tool.Name.Span.ToArray()));
        }
    }

    /// <summary>The new name of a tool, or the caller's if the target accepts it.</summary>
    public JsonText Given(JsonText name) => _given.GetValueOrDefault(name.ToString(), name);

    private void Change(List<ContentPart> parts)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            if (parts[i] is ToolCallPart call) call.Name = Given(call.Name);
            else if (parts[i] is ToolResultPart result) result.Name = Given(result.Name);
        }
    }
}
