using Nano.Json;
using static Nano.Providers.Echo.EchoRequest;

namespace Nano.Providers.Echo;

/// <summary>The tools that may be called, after <c>tool_choice</c>, and how many at once.</summary>
internal sealed class EchoTools
{
    private const int MaxTools = 1024;

    /// <summary>OpenAI's bound for a name (platform.openai.com/docs/api-reference/chat/create, tools.function.name).</summary>
    private const int MaxName = 64;

    /// <summary>Tool names are searched in this many bytes of the last user turn, over all its texts: there may be 1024 names.</summary>
    private const int MaxSearched = 16 * 1024;

    private List<EchoTool> _callable = [];
    private bool _forced;
    private bool _single;

    /// <summary>
    /// The tools to call. A forced choice (<c>required</c>, a name) always calls; otherwise nothing is called when tool
    /// results came last, so that a loop ends. The tools that the last user turn names are called, or else the first
    /// one; with <c>parallel_tool_calls: false</c> only one.
    /// </summary>
    public List<EchoTool> CalledBy(EchoConversation conversation, CancellationToken cancellationToken)
    {
        if (_callable.Count == 0 || (!_forced && conversation.ToolResults.Count > 0)) return [];
        var said = Beginning(conversation.UserTexts);
        var named = new List<EchoTool>();
        foreach (var tool in _callable)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Names(said, tool.Name.Span)) named.Add(tool);
        }
        if (named.Count == 0) named.Add(_callable[0]);
        return _single ? named[..1] : named;
    }

    public static EchoTools Read(JsonSlice tools, JsonSlice choice, JsonSlice parallel)
    {
        if (parallel.HasValue && parallel.AsBoolean() is null) throw Refusal("'parallel_tool_calls' must be a boolean.", "parallel_tool_calls");
        var read = new EchoTools { _single = parallel.IsFalse };
        if (tools.HasValue) read.AddAll(tools);
        read.Choose(choice);
        return read;
    }

    private void AddAll(JsonSlice tools)
    {
        if (!tools.IsArray) throw Refusal("'tools' must be an array.", "tools");
        var cursor = new JsonCursor(tools.Memory);
        for (var index = 0; cursor.NextElement(); index++)
        {
            if (index == MaxTools) throw Refusal($"'tools' may hold at most {MaxTools} tools.", "tools");
            var tool = cursor.TakeValue();
            var type = tool.Member("type"u8).AsText();
            if (!type.IsPresent) throw Refusal($"'tools[{index}]' must be an object with a 'type'.", $"tools[{index}].type");
            var custom = type.Is("custom"u8);
            if (!custom && !type.Is("function"u8)) continue; // a tool that a provider runs itself: nothing to call
            var definition = tool.Member(custom ? "custom"u8 : "function"u8);
            var name = definition.Member("name"u8).AsText();
            if (!name.HasValue) throw Refusal($"'tools[{index}].{type}.name' must be a string.", $"tools[{index}].{type}.name");
            if (name.Span.Length > MaxName) throw Refusal($"'tools[{index}].{type}.name' may have at most {MaxName} bytes.", $"tools[{index}].{type}.name");
            _callable.Add(new EchoTool(name, definition.Member("parameters"u8), custom));
        }
    }

    private void Choose(JsonSlice choice)
    {
        if (!choice.HasValue) return;
        var word = choice.AsText();
        if (choice.IsObject && choice.Member("allowed_tools"u8) is { IsObject: true } allowed)
        {
            word = allowed.Member("mode"u8).AsText();
            _callable = Allowed(allowed.Member("tools"u8));
        }
        else if (choice.IsObject)
        {
            _callable = [Find(NameIn(choice))];
            word = new JsonText("required"u8.ToArray());
        }
        if (word.Is("none"u8)) _callable = [];
        else if (word.Is("required"u8)) _forced = true;
        else if (!word.Is("auto"u8)) throw Refusal("'tool_choice' must be 'none', 'auto', 'required' or name a tool.", "tool_choice");
        if (_forced && _callable.Count == 0) throw Refusal("'tool_choice' is only allowed when 'tools' are specified.", "tool_choice");
    }

    private List<EchoTool> Allowed(JsonSlice names)
    {
        if (!names.IsArray) throw Refusal("'tool_choice.allowed_tools.tools' must be an array.", "tool_choice");
        var allowed = new List<EchoTool>();
        var cursor = new JsonCursor(names.Memory);
        while (cursor.NextElement() && allowed.Count < MaxTools) allowed.Add(Find(NameIn(cursor.TakeValue())));
        return allowed;
    }

    private EchoTool Find(JsonText name)
    {
        foreach (var tool in _callable)
            if (name.HasValue && tool.Name.Span.SequenceEqual(name.Span)) return tool;
        throw Refusal($"'tool_choice' names the tool '{name}', and 'tools' has none of that name.", "tool_choice");
    }

    private static JsonText NameIn(JsonSlice reference) =>
        (reference.Member("function"u8) is { IsObject: true } function ? function : reference.Member("custom"u8)).Member("name"u8).AsText();

    /// <summary>The first <see cref="MaxSearched"/> bytes of all texts, unchanged, one line each.</summary>
    private static ReadOnlySpan<byte> Beginning(IReadOnlyList<JsonText> texts)
    {
        var said = new byte[MaxSearched];
        var length = 0;
        foreach (var text in texts)
        {
            if (length == MaxSearched) break;
            var piece = text.Span[..Math.Min(text.Span.Length, MaxSearched - length)];
            piece.CopyTo(said.AsSpan(length));
            length += piece.Length;
            if (length < MaxSearched) said[length++] = (byte)'\n';
        }
        return said.AsSpan(0, length);
    }

    /// <summary>Whether the text contains the name as a separate word.</summary>
    private static bool Names(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        for (int at; (at = text.IndexOf(name)) >= 0; text = text[(at + name.Length)..])
        {
            var end = at + name.Length;
            if ((at == 0 || !IsNamePart(text[at - 1])) && (end == text.Length || !IsNamePart(text[end]))) return true;
        }
        return false;
    }

    private static bool IsNamePart(byte value) => char.IsAsciiLetterOrDigit((char)value) || value is (byte)'_' or (byte)'-';
}

/// <summary>A tool that may be called. <c>Parameters</c> is its JSON schema, absent for a custom tool.</summary>
internal readonly record struct EchoTool(JsonText Name, JsonSlice Parameters, bool Custom);
