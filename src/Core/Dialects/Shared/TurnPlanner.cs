using Nano.Chat;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// Orders another dialect's conversation by Anthropic's rules: system turns apart from the others, user and assistant
/// alternating, the user first, and directly after a turn with calls one result for each call, before anything else.
/// </summary>
/// <param name="filter">Decides which parts of a turn have a block.</param>
internal sealed class TurnPlanner(ChatRequest request, ModelTraits? traits, PartFilter filter, LossReport losses)
{
    private readonly ToolIds _ids = new();
    private readonly CallLinks _links = new(request.Messages);

    // The user turn under construction: its content, its results without a call, and the calls that wait for their results.
    private readonly List<ContentPart> _said = [];
    private readonly List<ToolResultPart> _strays = [];
    private bool _hasResults;
    private readonly List<(ToolCallPart Call, JsonText Id)> _calls = [];
    private readonly List<TextPart> _laterSystem = [];

    public List<TextPart> System { get; } = [];

    public List<Turn> Turns { get; } = [];

    public bool EndsWithAssistant => Turns is [.., { Role: ChatRole.Assistant }];

    /// <summary>The last turn has results for an assistant turn that does not begin with reasoning.</summary>
    public bool IsOpenLoopWithoutReasoning =>
        Turns is [.., { Role: ChatRole.Assistant } assistant, { Role: ChatRole.User } user]
        && user.Blocks is [{ Kind: TurnBlockKind.Result or TurnBlockKind.MissingResult }, ..]
        && assistant.Blocks is not [{ Part: ReasoningPart }, ..];

    public void Plan()
    {
        CallerMarkers.Apply(request);
        if (_links.IsGuessed) losses.Emulate("messages.tool_call_id");
        for (var i = 0; i < request.Messages.Count; i++)
        {
            var message = request.Messages[i];
            if (message.Name.HasValue) losses.Drop("messages.name");
            ReportExtras(message, isLast: i == request.Messages.Count - 1);
            switch (message.Role)
            {
                case ChatRole.System or ChatRole.Developer:
                    AddSystem(message);
                    break;
                case ChatRole.Assistant:
                    AddAssistant(message, i);
                    break;
                default:
                    AddUser(message, i);
                    break;
            }
        }
        EndUserTurn(request.Messages.Count);
        Hoist();
        Complete();
    }

    private void ReportExtras(ChatMessage message, bool isLast)
    {
        if (message.Extras is not { } extras) return;
        foreach (var member in extras.Members)
        {
            // A last assistant turn is a prefix here anyway (Mistral and DeepSeek have a flag for it).
            // A flag of a message that is false has no effect.
            if (!member.Value.HasValue || member.Value.IsFalse || member.IsCarried || CallerMarkers.IsMarker(member) || (isLast && member.Name.Is("prefix"u8))) continue;
            losses.Drop($"messages.{member.Name}");
        }
    }

    private void AddSystem(ChatMessage message)
    {
        var isFirst = Turns.Count == 0 && _said.Count == 0 && _strays.Count == 0;
        foreach (var part in message.Parts)
        {
            if (part is not TextPart text) losses.Drop("messages.system.content");
            else if (!filter.IsWorthSaying(text.Text, text)) continue;
            else if (isFirst) System.Add(text);
            else _laterSystem.Add(text);
        }
    }

    private void AddUser(ChatMessage message, int index)
    {
        NoteMovedSystem();
        var carried = 0;
        foreach (var part in message.Parts)
        {
            if (part is ToolResultPart result)
            {
                if (_links.IsLinked(result)) _hasResults = true;
                else _strays.Add(result);
                carried++;
            }
            else if (filter.ForUser(part) is { } kept)
            {
                _said.Add(kept);
                carried++;
            }
        }
        if (carried == 0 && filter.DroppedContent)
            throw new DialectException(GatewayError.Invalid(
                "The model's provider takes text, images and PDFs; this message has none of them.", $"messages[{index}].content", "unsupported_content"));
        filter.DroppedContent = false;
    }

    private void AddAssistant(ChatMessage message, int index)
    {
        var blocks = new List<TurnBlock>();
        foreach (var part in message.Parts)
        {
            if (part is ReasoningPart reasoning)
            {
                if (filter.IsOwnState(reasoning)) blocks.Add(new TurnBlock(TurnBlockKind.Content, part, default));
            }
            else if (part is ToolCallPart call) blocks.Add(new TurnBlock(TurnBlockKind.Call, call, _ids.Assign(call.Id)));
            else if (filter.ForAssistant(part) is { } kept) blocks.Add(new TurnBlock(TurnBlockKind.Content, kept, default));
        }
        // An empty turn is omitted: the user turns before and after it become one.
        if (blocks.Count == 0) return;
        EndUserTurn(index);
        NoteMovedSystem();
        foreach (var block in blocks)
            if (block.Part is ToolCallPart call) _calls.Add((call, block.Id));
        if (EndsWithAssistant) Turns[^1].Blocks.AddRange(blocks);
        else Turns.Add(new Turn(ChatRole.Assistant, blocks));
    }

    /// <summary>Closes the user turn under construction, if it has content or a call waits for its result.</summary>
    /// <param name="index">The index of the next message; the number of messages at the end.</param>
    private void EndUserTurn(int index)
    {
        // An assistant turn follows the assistant's own calls: the calls wait for the results after both turns.
        if (_said.Count == 0 && _strays.Count == 0 && !_hasResults && (_calls.Count == 0 || index < request.Messages.Count)) return;
        var turn = new Turn(ChatRole.User, []);
        foreach (var (call, id) in _calls) turn.Blocks.Add(ResultOf(call, id, index));
        foreach (var stray in _strays)
        {
            losses.Emulate("messages.tool_call_id");
            turn.Blocks.Add(new TurnBlock(TurnBlockKind.StrayResult, stray, default));
        }
        foreach (var part in _said) turn.Blocks.Add(new TurnBlock(TurnBlockKind.Content, part, default));
        // The turn is empty if all results already follow their calls.
        if (turn.Blocks.Count > 0) Turns.Add(turn);
        _calls.Clear();
        _strays.Clear();
        _said.Clear();
        _hasResults = false;
        PlaceSystem();
    }

    private TurnBlock ResultOf(ToolCallPart call, JsonText id, int index)
    {
        if (_links.TryFind(call, out var found))
        {
            // The result follows a later turn of the assistant, and moves to its call.
            if (found.Message >= index) losses.Emulate("messages.tool");
            return new TurnBlock(TurnBlockKind.Result, found.Result, id);
        }
        losses.Emulate("messages.tool");
        return new TurnBlock(TurnBlockKind.MissingResult, null, id);
    }

    /// <summary>
    /// If the model accepts a system turn inside the conversation, it is placed directly after a user turn. Else it moves
    /// to the other system turns: it keeps its role and loses its position.
    /// </summary>
    private void PlaceSystem()
    {
        if (_laterSystem.Count == 0 || traits?.MidConversationSystem != true) return;
        if (Turns is not [.., { Role: ChatRole.User }]) return;
        var turn = new Turn(ChatRole.System, []);
        foreach (var text in _laterSystem) turn.Blocks.Add(new TurnBlock(TurnBlockKind.Content, text, default));
        _laterSystem.Clear();
        Turns.Add(turn);
    }

    /// <summary>Reports a waiting system turn, which will follow the next content.</summary>
    private void NoteMovedSystem()
    {
        if (_laterSystem.Count > 0) losses.Emulate("messages.system");
    }

    private void Hoist()
    {
        if (_laterSystem.Count == 0) return;
        losses.Emulate("messages.system");
        System.AddRange(_laterSystem);
        _laterSystem.Clear();
    }

    /// <summary>Makes the first turn the user's, and the last one too if the model accepts no prefill; else trims white space at the end of the prefill.</summary>
    private void Complete()
    {
        if (EndsWithAssistant && traits?.Prefill == false) AskToContinue();
        else TrimPrefill();
        if (Turns.Count == 0 && System.Count > 0)
        {
            // Instructions alone are a valid Chat request; here a user turn is required.
            losses.Emulate("messages.system");
            var turn = new Turn(ChatRole.User, []);
            foreach (var text in System) turn.Blocks.Add(new TurnBlock(TurnBlockKind.Content, text, default));
            System.Clear();
            Turns.Add(turn);
        }
        if (Turns.Count == 0) throw new DialectException(GatewayError.Invalid("No message has any content.", "messages"));
        if (Turns[0].Role == ChatRole.User) return;
        losses.Emulate("messages");
        Turns.Insert(0, UserTurn("(The conversation begins with the assistant's turn.)"));
    }

    /// <summary>Claude from 4.6 on refuses an assistant turn at the end. A request to continue gives the same continuation.</summary>
    private void AskToContinue()
    {
        losses.Emulate("messages");
        Turns.Add(UserTurn("Continue."));
    }

    private static Turn UserTurn(string text) =>
        new(ChatRole.User, [new TurnBlock(TurnBlockKind.Content, new TextPart(JsonText.From(text)), default)]);

    private void TrimPrefill()
    {
        if (!EndsWithAssistant || Turns[^1].Blocks is not [.., { Part: TextPart text }]) return;
        var trimmed = EscapedText.TrimEnd(text.Text);
        if (trimmed.Span.Length == text.Text.Span.Length) return;
        losses.Emulate("messages.content");
        Turns[^1].Blocks[^1] = new TurnBlock(TurnBlockKind.Content, new TextPart(trimmed) { CacheControl = text.CacheControl }, default);
    }
}
