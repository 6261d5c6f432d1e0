using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>Writes <c>tools</c> and <c>tool_choice</c> of a request of another dialect.</summary>
/// <param name="webSearch">Chat's <c>web_search_options</c>; absent if there are none.</param>
internal sealed class ToolWriter(
    ChatRequest request, JsonSlice webSearch, ModelTraits? traits, StrictBudget budget, JsonOutput output, CacheControls markers, LossReport losses)
    : BlockToolWriter(Own, "Anthropic", MaxNameLength, request, traits, budget, output, losses)
{
    internal const int MaxNameLength = 128;

    private const string Own = AnthropicMessagesDialect.DialectName;

    private int _written;

    protected override bool HasAnyTool => base.HasAnyTool || webSearch.HasValue;

    public void Write()
    {
        var before = Output.Length;
        Output.Name("tools"u8);
        Output.BeginArray();
        for (var i = 0; i < Request.Tools.Count; i++)
        {
            if (Request.Tools[i].Search.HasValue)
            {
                WriteWebSearch(Request.Tools[i].Search, NativeTools.NameOf(Request.Tools[i]));
                continue;
            }
            if (!Offers(Request.Tools[i], i)) continue;
            _written++;
            WriteTool(Request.Tools[i], Request.Tools[i].Description);
        }
        if (webSearch.HasValue) WriteWebSearch(webSearch, "web_search_options");
        if (_written == 0)
        {
            Output.TruncateTo(before);
            if (Request.ToolChoice is { Mode: not (ToolChoiceMode.None or ToolChoiceMode.Auto) }) Losses.Drop("tool_choice");
            return;
        }
        Output.EndArray();
        WriteChoice();
    }

    protected override void BeginTool(JsonText name)
    {
        Output.BeginObject();
        Output.Name("name"u8);
        Output.Text(name);
    }

    protected override void BeginSchema() => Output.Name("input_schema"u8);

    protected override void EndSchema()
    {
    }

    protected override void EndTool(JsonSlice marker)
    {
        markers.Write(marker);
        Output.EndObject();
    }

    private void WriteChoice()
    {
        var mode = Mode;
        if (mode is ToolChoiceMode.Required or ToolChoiceMode.Tool && !TakesForcedChoice)
        {
            Losses.Drop("tool_choice");
            mode = ToolChoiceMode.Auto;
        }
        Losses.DropExtras(Request.ToolChoice?.Extras, Own, "tool_choice");
        var single = Request.ParallelToolCallsOrOne == false && mode != ToolChoiceMode.None;
        if (Request.ToolChoice is null && !single) return;
        Output.Name("tool_choice"u8);
        Output.BeginObject();
        Output.Name("type"u8);
        Output.Literal(mode switch
        {
            ToolChoiceMode.None => "none"u8, ToolChoiceMode.Required => "any"u8, ToolChoiceMode.Tool => "tool"u8, _ => "auto"u8,
        });
        if (mode == ToolChoiceMode.Tool)
        {
            Output.Name("name"u8);
            Output.Text(Request.ToolChoice!.Name);
        }
        if (single)
        {
            Output.Name("disable_parallel_tool_use"u8);
            Output.Boolean(true);
        }
        Output.EndObject();
    }

    /// <summary>Writes Chat's <c>web_search_options</c>, or another dialect's search, as Anthropic's own search tool.</summary>
    /// <param name="member">The caller's member that requests the search.</param>
    private void WriteWebSearch(JsonSlice options, string member)
    {
        foreach (var tool in Request.Tools)
        {
            if (!tool.Name.Is("web_search"u8)) continue;
            Losses.Drop(member);
            return;
        }
        Losses.Emulate(member);
        if (options.Member("search_context_size"u8).HasValue) Losses.Drop($"{member}.search_context_size");
        _written++;
        Output.BeginObject();
        Output.Name("type"u8);
        Output.Literal("web_search_20250305"u8);
        Output.Name("name"u8);
        Output.Literal("web_search"u8);
        WriteDomains(options.Member("filters"u8), member);
        var place = options.Member("user_location"u8).Member("approximate"u8);
        if (place.IsObject) WritePlace(place);
        Output.EndObject();
    }

    /// <summary>Anthropic takes the allowed domains or the blocked ones, not both (platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool).</summary>
    private void WriteDomains(JsonSlice filters, string member)
    {
        if (!filters.IsObject) return;
        var hasAllowed = IsList(filters.Member("allowed_domains"u8));
        var cursor = new JsonCursor(filters.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (IsList(value) && (name.Is("allowed_domains"u8) || (name.Is("blocked_domains"u8) && !hasAllowed)))
            {
                Output.Name(name);
                Output.Raw(value);
            }
            else if (value.HasValue && !(value.IsArray && !IsList(value))) Losses.Drop($"{member}.filters.{name}");
        }
    }

    /// <summary>A list with elements; an empty one restricts nothing.</summary>
    private static bool IsList(JsonSlice value)
    {
        if (!value.IsArray) return false;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterArray();
        return cursor.NextElement();
    }

    private void WritePlace(JsonSlice place)
    {
        Output.Name("user_location"u8);
        Output.BeginObject();
        Output.Name("type"u8);
        Output.Literal("approximate"u8);
        var cursor = new JsonCursor(place.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var known = cursor.NameIs("city"u8) || cursor.NameIs("country"u8) || cursor.NameIs("region"u8) || cursor.NameIs("timezone"u8);
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (!known || !value.IsText) continue;
            Output.Name(name);
            Output.Raw(value);
        }
        Output.EndObject();
    }
}
