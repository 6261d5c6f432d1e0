using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Tools;

/// <summary>
/// Expresses the tools that only Responses has as functions, for a model of another dialect: tools of namespaces get one flat name,
/// free-form tools get their text as the only argument, OpenAI's own tools that the caller runs get known parameters. The tool choice and
/// the history are converted too (<see cref="ForeignItems"/>); the result of <see cref="Run"/> restores the names of calls.
/// </summary>
internal sealed class ForeignTools(ChatRequest request, LossReport losses)
{
    private const string Own = OpenAIResponsesDialect.DialectName;

    private static readonly JsonText WebSearchOptions = JsonText.From("web_search_options");

    private readonly Dictionary<string, CallerTool> _callers = new(StringComparer.Ordinal);
    private readonly List<ToolDefinition> _tools = [];
    private Extras? _added;
    private bool _hasSearch;

    public FlatNames Names { get; } = new();

    /// <summary>The caller's tools by the names of calls; null if no name needs translation.</summary>
    public IReadOnlyDictionary<string, CallerTool>? Run()
    {
        foreach (var tool in request.Tools)
            if (!tool.Native.IsPresent) Names.Keep(tool.Name);
        foreach (var tool in request.Tools) Add(tool);
        new ForeignItems(request, this, losses).Run();
        request.Tools.Clear();
        request.Tools.AddRange(_tools);
        Choose();
        if (_added is not null) request.Extras = _added;
        return _callers.Count > 0 ? _callers : null;
    }

    /// <summary>Adds the tools that the caller's search has found.</summary>
    public List<string> AddFound(JsonSlice tools)
    {
        var names = new List<string>();
        if (!tools.IsArray) return names;
        var before = _tools.Count;
        var cursor = new JsonCursor(tools.Memory);
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            var tool = cursor.TakeValue();
            if (!tool.IsObject) continue;
            var type = tool.Member("type"u8).AsText();
            var name = tool.Member("name"u8).AsText();
            if (type.Is("function"u8) && name.HasValue)
            {
                names.Add(name.ToString());
                if (Names.Find(default, name) is not null) continue;
                Names.Keep(name);
            }
            Add(ToolReader.Read(tool, i));
        }
        for (var i = before; i < _tools.Count; i++)
            if (!names.Contains(_tools[i].Name.ToString())) names.Add(_tools[i].Name.ToString());
        return names;
    }

    private void Add(ToolDefinition tool)
    {
        if (!tool.Native.IsPresent)
        {
            _tools.Add(Visible(tool));
            return;
        }
        var type = tool.Native.Member("type"u8).AsText();
        if (type.Is("custom"u8)) Custom(tool.Native, default);
        else if (type.Is("namespace"u8)) Namespace(tool.Native);
        else if (type.Is("tool_search"u8) && !tool.Native.Member("execution"u8).AsText().Is("client"u8)) losses.Emulate("tools.tool_search");
        else if (BuiltInTool.OfType(type) is { } known) BuiltIn(known, tool.Native);
        else if (ToolReader.IsWebSearch(type)) WebSearch(tool.Native, type);
        else _tools.Add(tool);
    }

    /// <summary>A model without tool search gets the deferred tools at once.</summary>
    private ToolDefinition Visible(ToolDefinition tool)
    {
        if (tool.Extras is not { } extras || !extras.Find("defer_loading"u8).IsPresent) return tool;
        if (extras.Find("defer_loading"u8).IsTrue) losses.Emulate("tools.defer_loading");
        Extras? rest = null;
        foreach (var member in extras.Members)
            if (!member.Name.Is("defer_loading"u8)) Extras.Add(ref rest, Own, member.Name, member.Value);
        return Function(tool.Name, tool.Description, tool.Parameters, tool.Strict, rest);
    }

    private void Namespace(JsonSlice space)
    {
        var outer = space.Member("name"u8).AsText();
        var tools = space.Member("tools"u8);
        if (!tools.IsArray) return;
        losses.Emulate("tools.namespace");
        var about = space.Member("description"u8).AsText();
        var cursor = new JsonCursor(tools.Memory);
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            var json = cursor.TakeValue();
            if (!json.IsObject) continue;
            if (json.Member("type"u8).AsText().Is("custom"u8))
            {
                Custom(json, outer);
                continue;
            }
            var tool = ToolReader.Read(json, i);
            if (tool.Native.IsPresent)
            {
                NativeTools.Drop(tool, losses);
                continue;
            }
            if (Names.Given(outer, tool.Name) is { } known && _callers.ContainsKey(known)) continue;
            tool = Visible(tool);
            var flat = Names.Give(outer, tool.Name);
            _callers[flat] = new CallerTool(CallerToolKind.Function, tool.Name.Span.ToArray(), outer.Span.ToArray());
            _tools.Add(Function(JsonText.From(flat), Describe(tool.Description, about, default), tool.Parameters, tool.Strict, tool.Extras));
        }
    }

    private void Custom(JsonSlice tool, JsonText space)
    {
        losses.Emulate("tools.custom");
        var name = tool.Member("name"u8).AsText();
        if (Names.Given(space, name) is { } known && _callers.ContainsKey(known)) return;
        var flat = Names.Give(space, name);
        _callers[flat] = new CallerTool(CallerToolKind.Custom, name.Span.ToArray(), space.Span.ToArray());
        _tools.Add(Function(JsonText.From(flat), Describe(tool.Member("description"u8).AsText(), default, tool.Member("format"u8)), CallerTool.TextParameters, strict: null,
            extras: null));
    }

    private void BuiltIn(BuiltInTool known, JsonSlice tool)
    {
        losses.Emulate($"tools.{known.Type}");
        if (Names.Find(default, known.Name) is not null) return;
        var flat = Names.Give(default, known.Name);
        _callers[flat] = new CallerTool(CallerToolKind.BuiltIn, known.Name.Span.ToArray(), []) { BuiltIn = known };
        var description = tool.Member("description"u8).AsText();
        var parameters = tool.Member("parameters"u8);
        _tools.Add(Function(
            JsonText.From(flat), description.HasValue ? description : known.DefaultDescription, parameters.IsObject ? parameters : known.DefaultParameters, strict: null,
            extras: null));
    }

    /// <summary>Gives the tool the options of Chat's search models, which targets with their own search can write.</summary>
    private void WebSearch(JsonSlice tool, JsonText type)
    {
        if (_hasSearch) return;
        _hasSearch = true;
        using var options = new JsonOutput(128);
        options.BeginObject();
        var cursor = new JsonCursor(tool.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (!value.HasValue || name.Is("type"u8)) continue;
            if (name.Is("search_context_size"u8) || (name.Is("filters"u8) && value.IsObject))
            {
                options.Name(name);
                options.Raw(value);
            }
            else if (name.Is("user_location"u8) && value.IsObject)
            {
                options.Name(name);
                options.Raw("{\"type\":\"approximate\",\"approximate\":"u8);
                options.Bytes(value.Span);
                options.Bytes("}"u8);
            }
            // True is a search's default.
            else if (!(name.Is("external_web_access"u8) && value.IsTrue)) losses.Drop($"tools.{type}.{name}");
        }
        options.EndObject();
        AddExtra(WebSearchOptions, new JsonSlice(options.WrittenSpan.ToArray()));
    }

    private void AddExtra(JsonText name, JsonSlice value)
    {
        foreach (var member in request.Extras?.Members ?? [])
            if (member.IsCarried) Extras.AddCarried(ref _added, Own, member.Name, member.Value, member.Lost);
            else Extras.Add(ref _added, Own, member.Name, member.Value);
        Extras.Add(ref _added, Own, name, value);
    }

    private void Choose()
    {
        if (request.ToolChoice is not { } choice) return;
        if (choice.Mode == ToolChoiceMode.Tool)
            request.ToolChoice = NameOf(choice.Native) is { } name ? new ToolChoice(choice.Mode) { Name = name }
                // "Any tool" means the search if it is the only one.
                : _hasSearch && _tools.Count == 0 && ToolReader.IsWebSearch(choice.Native.Member("type"u8).AsText()) ? new ToolChoice(ToolChoiceMode.Required)
                : Lost();
        if (choice.Mode != ToolChoiceMode.Allowed) return;
        var named = new ToolChoice(choice.Mode) { MustCall = choice.MustCall };
        var tools = choice.Native.Member("tools"u8);
        var cursor = new JsonCursor(tools.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var tool = cursor.TakeValue();
            if (NameOf(tool) is { } allowed) named.Allowed.Add(allowed);
            else losses.Drop("tool_choice.tools");
        }
        request.ToolChoice = named.Allowed.Count > 0 ? named : Lost();
    }

    private ToolChoice? Lost()
    {
        losses.Drop("tool_choice");
        return null;
    }

    /// <summary>The offered name of the tool in a choice.</summary>
    private JsonText? NameOf(JsonSlice choice)
    {
        var type = choice.Member("type"u8).AsText();
        var name = choice.Member("name"u8).AsText();
        // Chat's form, which OpenAI also accepts.
        if (!name.HasValue) name = BuiltInTool.OfType(type)?.Name ?? choice.Member("function"u8).Member("name"u8).AsText();
        if (!name.HasValue) return null;
        return Names.Find(choice.Member("namespace"u8).AsText(), name) is { } flat ? JsonText.From(flat) : type.Is("function"u8) ? name : null;
    }

    private static ToolDefinition Function(JsonText name, JsonText description, JsonSlice parameters, bool? strict, Extras? extras) => new()
    {
        Origin = Own, Name = name, Description = description, Parameters = parameters, Strict = strict, Extras = extras,
    };

    /// <summary>A tool's description, with information that other models receive nowhere else: the namespace's purpose, the grammar of a text.</summary>
    private static JsonText Describe(JsonText description, JsonText about, JsonSlice format)
    {
        var definition = format.Member("definition"u8).AsText();
        if (!definition.HasValue && (description.HasValue || !about.HasValue)) return description;
        using var text = new JsonOutput(256);
        text.Append(description.HasValue ? description : about);
        if (definition.HasValue)
        {
            if (text.Length > 0) text.Append("\\n\\n"u8);
            var syntax = format.Member("syntax"u8).AsText();
            text.Append("The input must match this "u8);
            text.Append(syntax.HasValue ? syntax : JsonText.From("formal"));
            text.Append(syntax.Is("regex"u8) ? " pattern:\\n"u8 : " grammar:\\n"u8);
            text.Append(definition);
        }
        return new JsonText(text.WrittenSpan.ToArray());
    }
}
