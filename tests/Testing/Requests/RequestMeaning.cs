using System.Security.Cryptography;
using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>The meaning of a request, independent of dialects, read from its JSON without the codecs.</summary>
public sealed class RequestMeaning
{
    /// <summary>In their order. The role <c>system</c> is kept in place if the dialect has it in place.</summary>
    public List<Turn> Turns { get; } = [];

    /// <summary>System prompts that are outside of the turns.</summary>
    public List<SayText> System { get; } = [];

    public List<ToolMeaning> Tools { get; } = [];

    /// <summary>auto, none, required, tool:NAME, allowed:auto:A,B, allowed:required:A,B; null when not given.</summary>
    public string? ToolChoice { get; set; }

    public bool? ParallelCalls { get; set; }

    /// <summary>Its response format can contain one call (Chat's <c>functions</c>): asking for no parallel calls then adds nothing.</summary>
    public bool TakesOneCall { get; set; }

    /// <summary>Numbers by Chat's name; max_tokens for every member with that meaning.</summary>
    public Dictionary<string, double> Limits { get; } = [];

    public List<string> Stops { get; } = [];

    public FormatMeaning? Format { get; set; }

    public ReasoningMeaning? Reasoning { get; set; }

    public string? User { get; set; }

    public bool Stream { get; set; }

    /// <summary>Models of this dialect think by default.</summary>
    public bool ThinksByItself { get; init; } = true;

    /// <summary>The effort that thinking without a budget implies; null for none.</summary>
    public string? UnlimitedEffort { get; init; }

    /// <summary>The dialect has it in the body; Gemini has it in the address.</summary>
    public bool SaysStream { get; init; } = true;

    /// <summary>Members with a meaning that have no equivalent here: the target expresses them in its own way, or the loss is reported.</summary>
    public Dictionary<string, JsonElement> Others { get; } = [];

    internal CallBook Calls { get; } = new();
}

/// <param name="Role">system, user or assistant. Tool results belong to user.</param>
public sealed record Turn(string Role, List<Item> Items);

/// <summary>One item of a turn.</summary>
public abstract record Item
{
    /// <summary>The requested lifetime of a cache marker on it; null without one.</summary>
    public string? Cache { get; init; }
}

public sealed record SayText(string Text) : Item;

/// <param name="MediaType">Null when the request has none.</param>
/// <param name="Content">sha256:HASH of the bytes, url:ADDRESS or file:ID.</param>
public sealed record Media(string? MediaType, string Content) : Item
{
    /// <summary>File name or title, if it has one.</summary>
    public string? Name { get; init; }

    public static Media Of(string? mediaType, byte[] bytes) => new(mediaType, $"sha256:{Convert.ToHexString(SHA256.HashData(bytes))[..16]}");

    /// <summary>A data URL, an http address, or plain base64.</summary>
    public static Media FromUrl(string url, string? mediaType = null)
    {
        if (!url.StartsWith("data:", StringComparison.Ordinal)) return new Media(mediaType, $"url:{url}");
        var comma = url.IndexOf(',', StringComparison.Ordinal);
        var head = comma < 0 ? "" : url[5..comma];
        if (!head.EndsWith(";base64", StringComparison.Ordinal)) return new Media(mediaType, $"url:{url}");
        return FromBase64(url[(comma + 1)..], head.Split(';')[0] is { Length: > 0 } type ? type : mediaType);
    }

    public static Media FromBase64(string data, string? mediaType) =>
        JsonQuestions.FromBase64(data, web: true) is { } bytes ? Of(Seen(bytes) ?? mediaType, bytes) : new Media(mediaType, $"broken:{data}");

    /// <summary>The type of an image follows from its bytes; clients often send a wrong one.</summary>
    private static string? Seen(byte[] bytes) => bytes switch
    {
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => "image/png",
        _ => null,
    };

    public bool IsSame(Media other) => Content == other.Content && (MediaType is null || other.MediaType is null || Common(MediaType) == Common(other.MediaType));

    private static string Common(string type) => type.Split(';')[0].Trim().ToLowerInvariant() switch
    {
        "image/jpg" => "image/jpeg",
        "audio/mp3" => "audio/mpeg",
        "audio/x-wav" or "audio/wave" => "audio/wav",
        "text/markdown" or "text/csv" or "text/html" => "text/plain",
        var same => same,
    };
}

/// <param name="Call">Ordinal of the call in the request, from 0.</param>
/// <param name="Arguments">The arguments as JSON; if they are text that is not a JSON object, that text.</param>
public sealed record CallTool(int Call, string Name, JsonElement Arguments) : Item;

/// <param name="Call">Ordinal of the call that it answers; -1 for none.</param>
/// <param name="Json">A structured result (Gemini).</param>
public sealed record ToolAnswer(int Call, List<Item> Parts, JsonElement? Json) : Item
{
    public string Text => string.Concat(Parts.OfType<SayText>().Select(t => t.Text));
}

public sealed record Think(string? Text) : Item;

/// <summary>Something that only its own dialect can express.</summary>
public sealed record OwnItem(string Type) : Item;

/// <param name="Type">Null for a plain function, else the dialect's type of its own tool.</param>
public sealed record ToolMeaning(string Name, string? Description, JsonElement? Schema, bool IsStrict, string? Cache, string? Type = null);

/// <param name="Kind">json_object or json_schema.</param>
public sealed record FormatMeaning(string Kind, JsonElement? Schema);

/// <param name="Effort">A level, in lower case.</param>
/// <param name="Budget">Tokens.</param>
/// <param name="Enabled">Whether it is requested; null if only an effort is named that also affects other things.</param>
public sealed record ReasoningMeaning(string? Effort, long? Budget, bool? Enabled)
{
    public bool IsOff => Enabled == false || Budget == 0 || Effort == "none";

    public override string ToString() => IsOff ? "off" : $"{Effort}{Budget} {(Enabled == true ? "on" : "")}".Trim();
}

/// <summary>The call that a result belongs to.</summary>
internal sealed class CallBook
{
    private readonly List<(string? Id, string Name, int Turn)> _calls = [];
    private readonly HashSet<int> _answered = [];

    public int Add(string? id, string name, int turn = 0)
    {
        _calls.Add((id, name, turn));
        return _calls.Count - 1;
    }

    public int ById(string? id) => Last(c => c.Id == id && id is not null);

    public int ByName(string? name) => Last(c => c.Name == name);

    /// <summary>Gemini: in the turn before, by id where there is one, else the first open call of that name.</summary>
    public int InTurn(int turn, string? id, string? name)
    {
        for (var i = 0; i < _calls.Count; i++)
        {
            var call = _calls[i];
            if (call.Turn == turn && !_answered.Contains(i) && (id is not null && call.Id is not null ? call.Id == id : call.Name == name)) return Answer(i);
        }
        return -1;
    }

    /// <summary>z.ai accepts results that do not name their call (zai-chat-one-toolres-7c8f59).</summary>
    public int NextOpen()
    {
        for (var i = 0; i < _calls.Count; i++)
            if (!_answered.Contains(i)) return Answer(i);
        return -1;
    }

    /// <summary>The latest open call, else the latest.</summary>
    private int Last(Func<(string? Id, string Name, int Turn), bool> fits)
    {
        for (var i = _calls.Count - 1; i >= 0; i--)
            if (fits(_calls[i]) && !_answered.Contains(i)) return Answer(i);
        return _calls.FindLastIndex(c => fits(c));
    }

    private int Answer(int call)
    {
        _answered.Add(call);
        return call;
    }
}
