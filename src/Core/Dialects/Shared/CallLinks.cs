using Nano.Chat;

namespace Nano.Dialects.Shared;

/// <summary>
/// Matches results to calls, anywhere after the call. A result belongs to the oldest open call with its id; without an
/// id (Gemini's are optional), with its name; if it has neither (<c>zai-chat-one-toolres-7c8f59</c>), to the oldest open call.
/// The cost is linear in the number of calls, which the caller controls.
/// </summary>
internal sealed class CallLinks
{
    private readonly Dictionary<ToolCallPart, (ToolResultPart Result, int Message)> _results = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<ToolResultPart> _linked = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, Queue<ToolCallPart>> _open = [];
    private readonly Queue<ToolCallPart> _all = [];

    /// <summary>Some result does not identify its call.</summary>
    public bool IsGuessed { get; private set; }

    public CallLinks(List<ChatMessage> messages)
    {
        for (var i = 0; i < messages.Count; i++)
            foreach (var part in messages[i].Parts)
            {
                if (part is ToolCallPart call) Open(call);
                else if (part is ToolResultPart result && Take(result) is { } answered)
                {
                    _results.Add(answered, (result, i));
                    _linked.Add(result);
                }
            }
    }

    public bool IsLinked(ToolResultPart result) => _linked.Contains(result);

    /// <summary>The result of a call and its message.</summary>
    public bool TryFind(ToolCallPart call, out (ToolResultPart Result, int Message) found) => _results.TryGetValue(call, out found);

    private void Open(ToolCallPart call)
    {
        if (call.Id.HasValue) Open($"id {call.Id}", call);
        // Also of a call with an id: Google's SDKs make results that have only the function's name.
        Open($"name {call.Name}", call);
        _all.Enqueue(call);
    }

    private void Open(string key, ToolCallPart call)
    {
        if (!_open.TryGetValue(key, out var queue)) _open.Add(key, queue = new Queue<ToolCallPart>());
        queue.Enqueue(call);
    }

    private ToolCallPart? Take(ToolResultPart result)
    {
        if (result.CallId.HasValue) return Next($"id {result.CallId}");
        if (result.Name.HasValue && Next($"name {result.Name}") is { } named) return named;
        IsGuessed = true;
        return Next(_all);
    }

    private ToolCallPart? Next(string key) => _open.TryGetValue(key, out var queue) ? Next(queue) : null;

    private ToolCallPart? Next(Queue<ToolCallPart> queue)
    {
        while (queue.TryDequeue(out var call))
            if (!_results.ContainsKey(call)) return call;
        return null;
    }
}
