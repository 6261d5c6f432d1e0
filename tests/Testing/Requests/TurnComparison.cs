using System.Text;
using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>Compares two conversations item by item.</summary>
internal sealed class TurnComparison(Conversation asked, Conversation arrived, Func<string[], bool> named, string[] losses)
{
    private static readonly string[] MediaWords =
        ["image", "image_url", "images", "audio", "input_audio", "file", "file_id", "file_url", "document", "document_url", "video", "video_url"];

    private static readonly string[] Omissions = ["[image omitted]", "[audio omitted]", "[video omitted]", "[document omitted]"];

    private readonly List<string> _differences = [];

    public List<string> Differences()
    {
        // The target may require a user turn where there was none; the inserted one is reported.
        var from = 0;
        if (arrived.Turns.Count > 0 && arrived.Turns[0].Role == "user" && asked.Turns.FirstOrDefault()?.Role is not "user")
        {
            from = 1;
            if (!Has("messages", "messages.system", "messages.developer")) _differences.Add("messages: a first user turn was invented");
        }
        var turns = arrived.Turns.Skip(from).ToList();
        for (var i = 0; i < Math.Max(asked.Turns.Count, turns.Count); i++)
        {
            if (i >= asked.Turns.Count)
            {
                CompareItems(new Turn(turns[i].Role, []), turns[i], $"turn {i} ({turns[i].Role})");
                continue;
            }
            var path = $"turn {i} ({asked.Turns[i].Role})";
            var other = i < turns.Count ? turns[i] : new Turn(asked.Turns[i].Role, []);
            if (other.Role != asked.Turns[i].Role)
            {
                if (!Has("messages")) _differences.Add($"{path}: role became {other.Role}");
                return _differences;
            }
            CompareItems(asked.Turns[i], other, path);
        }
        return _differences;
    }

    private void CompareItems(Turn before, Turn after, string path)
    {
        var rest = new List<Item>(after.Items);
        foreach (var item in before.Items)
        {
            var at = rest.FindIndex(r => IsSame(item, r));
            if (at > 0 && !rest.Take(at).All(IsInserted)) at = rest.FindIndex(r => !IsInserted(r)) is var first && first >= 0 && IsSame(item, rest[first]) ? first : -1;
            if (at < 0)
            {
                if (!IsNamedLoss(item)) _differences.Add($"{path}: {Show(item)} is gone or out of order; left is {(rest.Count == 0 ? "nothing" : Show(rest[0]))}");
                continue;
            }
            if (item.Cache is not null && item.Cache != CacheOf(rest[at]) && !named(["cache_control"])) _differences.Add($"{path}: cache_control of {Show(item)} is gone");
            if (item is Media { Name: { } name } && (rest[at] as Media)?.Name != name && !named(["filename"]) && !named(["title"]))
                _differences.Add($"{path}: the name '{name}' of {Show(item)} is gone");
            if (item is ToolAnswer asked && rest[at] is ToolAnswer found) CompareResultMedia(asked, found, rest, at, path);
            rest.RemoveAt(at);
        }
        foreach (var left in rest)
            if (!IsInserted(left)) _differences.Add($"{path}: {Show(left)} was added");
    }

    private static string? CacheOf(Item item) => item.Cache ?? (item as ToolAnswer)?.Parts.LastOrDefault(p => p.Cache is not null)?.Cache;

    /// <summary>Media of a result may be beside it if the target has no media in results.</summary>
    private void CompareResultMedia(ToolAnswer before, ToolAnswer after, List<Item> rest, int at, string path)
    {
        foreach (var media in before.Parts.OfType<Media>())
        {
            if (after.Parts.OfType<Media>().Any(m => m.IsSame(media))) continue;
            var beside = rest.FindIndex(at, r => r is Media m && m.IsSame(media));
            if (beside >= 0) rest.RemoveAt(beside);
            else if (!IsNamedLoss(media)) _differences.Add($"{path}: {Show(media)} of a tool result is gone");
        }
    }

    /// <summary>What a target makes up because its rules ask for it: named, except that an unanswered call's result stands for itself.</summary>
    private bool IsInserted(Item item) => item switch
    {
        ToolAnswer answer => asked.Unanswered.Contains(answer.Call) && named(["tool"]),
        SayText => Has("messages", "messages.content", "messages.tool", "messages.tool_call_id", "messages.system", "messages.developer"),
        _ => false,
    };

    private bool Has(params string[] names) => names.Any(losses.Contains);

    private bool IsNamedLoss(Item item) => item switch
    {
        Media => losses.Any(l => MediaWords.Contains(l[(l.LastIndexOf('.') + 1)..])),
        Think => named(["messages.reasoning", "messages.thinking"]),
        OwnItem own => named([own.Type]) || named(["content"]),
        ToolAnswer { Call: < 0 } => named(["tool"]),
        CallTool or ToolAnswer => named(["custom"]),
        SayText text => named(["refusal"]) && text.Text.Length > 0,
        _ => false,
    };

    private bool IsSame(Item before, Item after) => (before, after) switch
    {
        (SayText a, SayText b) => a.Text == b.Text || (a.Text.TrimEnd() == b.Text && Has("messages.content")),
        (Media a, Media b) => a.IsSame(b),
        (CallTool a, CallTool b) => a.Call == b.Call && a.Name == b.Name && IsSameArguments(a.Arguments, b.Arguments),
        (ToolAnswer a, ToolAnswer b) => a.Call == b.Call && (a.Json, b.Json) switch
        {
            ({ } one, { } other) => JsonDifference.First(one, other) is null,
            ({ } one, null) => SaysText(one, b),
            (null, { } other) => SaysText(other, a),
            _ => IsSameResult(a, b),
        },
        // A document of plain text may become text.
        (Media { MediaType: "text/plain" } a, SayText b) => Media.Of(null, Encoding.UTF8.GetBytes(b.Text)).Content == a.Content,
        // A result without a call can only become text.
        (ToolAnswer { Call: < 0 } a, SayText b) => b.Text.Contains(a.Text, StringComparison.Ordinal) && named(["tool"]),
        (Think a, Think b) => a.Text == b.Text,
        (OwnItem a, OwnItem b) => a == b,
        _ => false,
    };

    private bool IsSameArguments(JsonElement before, JsonElement after) =>
        JsonDifference.First(before, after) is null ||
        (before.IsText() && named(["arguments"]) && after.IsObject() && after.EnumerateObject().Any(m => JsonDifference.First(before, m.Value) is null));

    private bool IsSameResult(ToolAnswer before, ToolAnswer after) =>
        (before.Text.Length == 0 && Has("messages.tool.content")) || before.Text == after.Text
        || before.Parts.OfType<SayText>().Select(t => t.Text).SequenceEqual(after.Parts.OfType<SayText>().Select(t => t.Text).Where(text => !IsOmission(before, text)));

    /// <summary>A text in the place of media that the target does not take, which are named.</summary>
    private bool IsOmission(ToolAnswer before, string text) => Omissions.Contains(text) && before.Parts.OfType<Media>().Any(IsNamedLoss);

    /// <summary>A structured result equals a text when it is that JSON, or has one member that is the text or its JSON.</summary>
    private static bool SaysText(JsonElement json, ToolAnswer before)
    {
        if (before.Text.Length == 0 && !json.EnumerateObject().Any(m => m.Value.IsText() && m.Value.GetString()!.Length > 40)) return true;
        var parsed = JsonQuestions.TryParse(before.Text);
        if (parsed is { } whole && JsonDifference.First(whole, json) is null) return true;
        return json.EnumerateObject().Any(m => m.Value.IsText() && m.Value.GetString() == before.Text || parsed is { } p && JsonDifference.First(p, m.Value) is null ||
            m.Value.IsArray() && m.Value.EnumerateArray().All(t => t.IsText()) && string.Concat(m.Value.EnumerateArray().Select(t => t.GetString())) == before.Text);
    }

    private static string Show(Item item) => MeaningComparison.Short(item switch
    {
        SayText t => $"text '{t.Text}'",
        Media m => $"media {m.MediaType} {m.Content}",
        CallTool c => $"call {c.Call} {c.Name}({c.Arguments.GetRawText()})",
        ToolAnswer a => $"result of {a.Call} {(a.Json is { } json ? json.GetRawText() : $"'{a.Text}'")}",
        Think k => $"thought '{k.Text}'",
        _ => item.ToString(),
    });
}
