using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>Writes <c>tools</c> and <c>toolConfig</c> for a request of another dialect.</summary>
internal readonly ref struct ToolWriter
{
    private const string ParametersPath = "tools.parameters";

    private readonly ChatRequest _request;
    private readonly RequestTarget _target;
    private readonly ModelGeneration _model;
    private readonly JsonOutput _output;
    private readonly LossReport _losses;
    private readonly SchemaBudget _budget = new();
    private readonly bool _search;

    /// <param name="search">Chat's <c>web_search_options</c>.</param>
    public ToolWriter(ChatRequest request, JsonSlice search, in RequestTarget target, ModelGeneration model, JsonOutput output, LossReport losses)
    {
        (_request, _target, _model, _output, _losses) = (request, target, model, output, losses);
        foreach (var tool in request.Tools) HasFunctions |= !tool.Native.IsPresent;
        if (HasFunctions && TakesNone)
        {
            losses.Drop("tools");
            HasFunctions = false;
        }
        _search = DecideSearch(search, "web_search_options");
        foreach (var tool in request.Tools)
            if (tool.Search.IsPresent) _search |= DecideSearch(tool.Search, NativeTools.NameOf(tool));
    }

    public bool HasFunctions { get; }

    public void Write()
    {
        var functions = HasFunctions;
        var native = false;
        foreach (var tool in _request.Tools) native |= tool.Native.IsPresent && IsOwn(tool);
        foreach (var tool in _request.Tools)
            if (tool.Native.IsPresent && !IsOwn(tool) && !tool.Search.IsPresent) NativeTools.DropByName(tool, _losses);
        // The modes of functionCallingConfig are about functions: they force no search.
        if (!functions && _request.ToolChoice is { Mode: not (ToolChoiceMode.Auto or ToolChoiceMode.None) }) _losses.Drop("tool_choice");
        if (!functions && !_search && !native) return;
        _output.Name("tools"u8);
        _output.BeginArray();
        if (functions) WriteFunctions();
        if (_search)
        {
            _output.BeginObject();
            _output.Name("googleSearch"u8);
            _output.BeginObject();
            _output.EndObject();
            _output.EndObject();
        }
        if (native) WriteNative();
        _output.EndArray();
        WriteConfig(functions, functions && (_search || native) && _model.IsThreeOrLater);
    }

    private static ReadOnlySpan<byte> Parameters => "parametersJsonSchema"u8;

    private bool TakesNone => _target.Traits?.Tools == false;

    private static bool IsOwn(ToolDefinition tool) => tool.Origin == GeminiDialect.DialectName;

    /// <summary>Server tools can be combined with functions only from Gemini 3 on.</summary>
    /// <param name="member">The caller's member that requests the search.</param>
    private bool DecideSearch(JsonSlice options, string member)
    {
        if (!options.IsPresent) return false;
        if (TakesNone || (HasFunctions && !_model.IsThreeOrLater))
        {
            _losses.Drop(member);
            return false;
        }
        _losses.Emulate(member);
        if (options.IsObject) DropSearchOptions(options, member);
        return true;
    }

    /// <summary>Google's search has none of Chat's options, such as location and context size (ai.google.dev/gemini-api/docs/google-search).</summary>
    private void DropSearchOptions(JsonSlice options, string member)
    {
        var cursor = new JsonCursor(options.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            if (cursor.TakeValue().HasValue) _losses.Drop($"{member}.{name}");
        }
    }

    private void WriteFunctions()
    {
        _output.BeginObject();
        _output.Name("functionDeclarations"u8);
        _output.BeginArray();
        foreach (var tool in _request.Tools)
        {
            if (tool.Native.IsPresent) continue;
            CheckName(tool.Name);
            if (!IsFirst(tool)) continue;
            if (tool.CacheControl.HasValue) _losses.Drop("tools.cache_control");
            _losses.DropExtras(tool.Extras, GeminiDialect.DialectName, "tools");
            _output.BeginObject();
            _output.Name("name"u8);
            _output.Text(tool.Name);
            if (tool.Description.HasValue)
            {
                _output.Name("description"u8);
                _output.Text(tool.Description);
            }
            WriteParameters(tool.Parameters);
            _output.EndObject();
        }
        _output.EndArray();
        _output.EndObject();
    }

    /// <summary>"Duplicate function declaration found": a repeated function is declared once; two different ones with the same name are an error.</summary>
    private bool IsFirst(ToolDefinition tool)
    {
        foreach (var other in _request.Tools)
        {
            if (ReferenceEquals(other, tool)) return true;
            if (other.Native.IsPresent || !other.Name.Span.SequenceEqual(tool.Name.Span)) continue;
            if (other.Parameters.Span.SequenceEqual(tool.Parameters.Span) && other.Description.Span.SequenceEqual(tool.Description.Span)) return false;
            if (!other.Parameters.HasValue || !tool.Parameters.HasValue)
            {
                // Chat's older functions beside its tools.
                _losses.Drop("tools");
                return false;
            }
            throw RequestWriter.Refuse($"Gemini takes each function name once; '{tool.Name}' is the name of two functions.", "tools.function.name");
        }
        return true;
    }

    /// <summary>
    /// <c>parametersJsonSchema</c> accepts JSON schema, not only the narrower OpenAPI form of <c>parameters</c>:
    /// <c>additionalProperties</c> is accepted in <c>gemini-generatecontent-one-partools-6643fc</c> and
    /// <c>vertexai-generatecontent-one-audio-6da708</c>. A function without parameters omits it.
    /// </summary>
    private void WriteParameters(JsonSlice parameters)
    {
        if (!parameters.HasValue) return;
        if (!parameters.IsObject) throw RequestWriter.Refuse("The parameters of a function must be a JSON schema, which is an object.", "tools.function.parameters");
        var known = KnownSchemas.Shared;
        if (known.Find(parameters.Span, out var hash) is { } entry && _budget.TryTake(entry.Opened, entry.Growth))
        {
            _output.Name(Parameters);
            _output.Raw(entry.Written);
            foreach (var member in entry.Dropped) _losses.Drop(member);
            foreach (var member in entry.Emulated) _losses.Emulate(member);
            return;
        }
        if (SchemaWriter.IsEmptyObject(parameters)) return;
        _output.Name(Parameters);
        if (known.IsRepeated(parameters.Span, hash)) WriteToKeep(parameters, hash);
        else new SchemaWriter(parameters, ParametersPath, _budget, _output, _losses).Write(isParameters: true);
    }

    /// <summary>Writes a schema that other requests have, too, and keeps the result, unless the budget of this request cut it.</summary>
    private void WriteToKeep(JsonSlice parameters, ulong hash)
    {
        var (start, opened, searched) = (_output.Length, _budget.Opened, _budget.Searched);
        var losses = new LossReport();
        new SchemaWriter(parameters, ParametersPath, _budget, _output, losses).Write(isParameters: true);
        foreach (var member in losses.Dropped) _losses.Drop(member);
        foreach (var member in losses.Emulated) _losses.Emulate(member);
        if (_budget.Allows(0) && _budget.Searched == searched)
            KnownSchemas.Shared.Add(parameters.Span, hash, _output.WrittenSpan[start..], losses, _budget.Opened - opened);
    }

    private static void CheckName(JsonText name)
    {
        if (!ToolNames.IsGoodForGemini(name.Span, ToolNames.GeminiLength))
            throw RequestWriter.Refuse(
                $"Gemini does not take the function name '{name}': it must begin with a letter or an underscore and consist of at most 128 letters, digits, '_', '.', ':' and '-'.",
                "tools.function.name");
    }

    private void WriteNative()
    {
        foreach (var tool in _request.Tools)
        {
            if (!tool.Native.IsPresent || !IsOwn(tool)) continue;
            if (!tool.Name.HasValue)
            {
                _output.Raw(tool.Native);
                continue;
            }
            _output.BeginObject();
            _output.Name(tool.Name);
            _output.Raw(tool.Native);
            _output.EndObject();
        }
    }

    private void WriteConfig(bool functions, bool serverTools)
    {
        var (mode, names) = functions ? Mode() : (null, null);
        if (mode is null && !serverTools) return;
        _output.Name("toolConfig"u8);
        _output.BeginObject();
        if (mode is not null)
        {
            _output.Name("functionCallingConfig"u8);
            _output.BeginObject();
            _output.Name("mode"u8);
            _output.Text(mode);
            if (names is not null)
            {
                _output.Name("allowedFunctionNames"u8);
                _output.BeginArray();
                foreach (var name in names) _output.Text(name);
                _output.EndArray();
            }
            _output.EndObject();
        }
        if (serverTools)
        {
            // As in gemini-generatecontent-one-websearch-387818.
            _output.Name("includeServerSideToolInvocations"u8);
            _output.Boolean(true);
        }
        _output.EndObject();
    }

    /// <summary>The mode and the allowed functions; null if there are none.</summary>
    private (string? Mode, List<JsonText>? Names) Mode()
    {
        var strict = Strict();
        var choice = _request.ToolChoice;
        var forced = choice is not null && (choice.Mode is ToolChoiceMode.Required or ToolChoiceMode.Tool || (choice.Mode == ToolChoiceMode.Allowed && choice.MustCall));
        if (forced && _target.Traits?.ForcedToolChoice == false)
        {
            _losses.Drop("tool_choice");
            choice = null;
        }
        switch (choice?.Mode)
        {
            case ToolChoiceMode.None:
                return ("NONE", null);
            // ANY enforces the schema of a call, like VALIDATED.
            case ToolChoiceMode.Required:
                return ("ANY", null);
            case ToolChoiceMode.Tool:
                return ("ANY", [choice.Name]);
            case ToolChoiceMode.Allowed when choice.MustCall:
                return ("ANY", choice.Allowed);
            case ToolChoiceMode.Allowed when _model.HasValidatedCalls:
                // AUTO accepts no list; VALIDATED is AUTO with one (ai.google.dev/gemini-api/docs/function-calling).
                _losses.Emulate("tool_choice");
                return ("VALIDATED", choice.Allowed);
            case ToolChoiceMode.Allowed:
                _losses.Drop("tool_choice");
                break;
            case ToolChoiceMode.Auto when !strict:
                return ("AUTO", null);
        }
        return strict ? ("VALIDATED", null) : (null, null);
    }

    /// <summary>Whether to enforce the schemas of calls: Gemini can do so for all functions or for none.</summary>
    private bool Strict()
    {
        var any = false;
        var all = true;
        foreach (var tool in _request.Tools)
        {
            if (tool.Native.IsPresent) continue;
            any |= tool.Strict is true;
            all &= tool.Strict is true;
        }
        if (!any) return false;
        if (all && _model.HasValidatedCalls)
        {
            _losses.Emulate("tools.strict");
            return true;
        }
        _losses.Drop("tools.strict");
        return false;
    }
}
