namespace Nano.Testing.Requests;

/// <summary>
/// The turns of a request in one normal form, so that the documented conversions make no difference: adjacent turns of one
/// role are merged, blank texts are left out, results are first in the turn after their calls, in the order of the calls.
/// </summary>
internal sealed class Conversation
{
    public List<Turn> Turns { get; } = [];

    /// <summary>Texts of system turns, whatever their position, in order.</summary>
    public List<string> System { get; } = [];

    /// <summary>Calls without a result.</summary>
    public List<int> Unanswered { get; } = [];

    public static Conversation Of(RequestMeaning said, bool systemInPlace)
    {
        var made = new Conversation();
        made.System.AddRange(said.System.Select(s => s.Text).Where(t => !string.IsNullOrWhiteSpace(t)));
        var isLeading = true;
        var results = said.Turns.SelectMany(t => t.Items).OfType<ToolAnswer>().Where(r => r.Call >= 0).ToLookup(r => r.Call);
        foreach (var turn in said.Turns)
        {
            if (turn.Role == "system" && (isLeading || !systemInPlace))
            {
                made.System.AddRange(turn.Items.OfType<SayText>().Select(t => t.Text).Where(t => !string.IsNullOrWhiteSpace(t)));
                continue;
            }
            isLeading = false;
            made.Add(turn.Role, [.. turn.Items.Where(i => i is not SayText { Text: var text } || !string.IsNullOrWhiteSpace(text)).Where(i => i is not ToolAnswer { Call: >= 0 })]);
        }
        made.PlaceResults(results);
        return made;
    }

    /// <summary>Each assistant turn has its texts joined, before its calls.</summary>
    public void JoinTexts()
    {
        foreach (var turn in Turns.Where(t => t.Role == "assistant" && t.Items.OfType<SayText>().Count() > 0))
        {
            var text = string.Concat(turn.Items.OfType<SayText>().Select(t => t.Text));
            turn.Items.RemoveAll(i => i is SayText);
            turn.Items.Insert(turn.Items.FindLastIndex(i => i is Think) + 1, new SayText(text));
        }
    }

    /// <summary>A turn with only results stays as a border between two assistant turns until the results are placed.</summary>
    private void Add(string role, List<Item> items)
    {
        if (Turns.Count > 0 && Turns[^1].Role == role) Turns[^1].Items.AddRange(items);
        else Turns.Add(new Turn(role, items));
    }

    private void PlaceResults(ILookup<int, ToolAnswer> results)
    {
        for (var i = 0; i < Turns.Count; i++)
        {
            var calls = Turns[i].Items.OfType<CallTool>().Select(c => c.Call).ToList();
            var answers = calls.SelectMany(c => results[c]).ToList<Item>();
            Unanswered.AddRange(calls.Where(c => !results[c].Any()));
            if (answers.Count == 0) continue;
            if (i + 1 < Turns.Count && Turns[i + 1].Role == "user") Turns[i + 1].Items.InsertRange(0, answers);
            else Turns.Insert(i + 1, new Turn("user", answers));
        }
        Turns.RemoveAll(t => t.Items.Count == 0);
        for (var i = Turns.Count - 1; i > 0; i--)
        {
            if (Turns[i].Role != Turns[i - 1].Role) continue;
            Turns[i - 1].Items.AddRange(Turns[i].Items);
            Turns.RemoveAt(i);
        }
    }
}
