using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Reasoning;

/// <summary>
/// A model at a provider that refuses, like the real one, when state of earlier turns is missing, altered, another model's or out of
/// place. Its content follows from the turn's number, so it keeps no state: the arguments of its calls contain
/// which model made them and when.
/// </summary>
/// <param name="name">As a caller names it: <c>provider/model</c>.</param>
public abstract class FakeModel(string name)
{
    /// <summary>The turn in which it responds with text and makes no more calls.</summary>
    public const int LastTurn = 4;

    public string Name { get; } = name;

    public string Model { get; } = name[(name.IndexOf('/') + 1)..];

    /// <summary>The prefix of the addresses that reach it.</summary>
    public abstract string Path { get; }

    /// <summary>A client that keeps only ids and texts keeps everything that this provider requires.</summary>
    public virtual bool LivesByIds => true;

    /// <summary>Why the request is refused; null for a valid one.</summary>
    public abstract string? Refusal(JsonObject request, bool mayLack);

    public abstract UpstreamScript Answer(int turn, bool stream);

    /// <summary>Whether the request is for this model.</summary>
    public virtual bool Owns(UpstreamRequest request, JsonObject body) => (string?)body["model"] == Model;

    public override string ToString() => Name;

    /// <summary>State as providers send it: base64 of a text that names its owner.</summary>
    protected string State(string kind, int turn, string text = "") =>
        Convert.ToBase64String([.. SHA512.HashData(Encoding.UTF8.GetBytes($"{Name} {kind} {turn} {text}")), .. Encoding.UTF8.GetBytes($"{Name}/{turn}")]);

    protected JsonObject Arguments(int turn, int call) => new() { ["by"] = Name, ["turn"] = turn, ["call"] = call };

    /// <summary>Which model made the call, and in which turn.</summary>
    protected static (string By, int Turn) Maker(JsonNode? arguments)
    {
        var made = arguments is JsonValue text ? JsonNode.Parse((string)text!)! : arguments!;
        return ((string)made["by"]!, (int)made["turn"]!);
    }

    protected static string Sse(JsonNode data, string? type = null) => $"{(type is null ? "" : $"event: {type}\n")}data: {data.ToJsonString()}\n\n";

    protected static JsonArray List(IEnumerable<JsonNode> items) => [.. items];

    protected static bool Same(JsonNode? a, JsonNode? b) => JsonNode.DeepEquals(a, b);

    /// <summary>Pieces of a text, of seven characters and one more where a pair would be cut.</summary>
    protected static IEnumerable<string> Pieces(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var length = Math.Min(7, text.Length - at);
            if (char.IsHighSurrogate(text[at + length - 1])) length++;
            yield return text.Substring(at, length);
            at += length;
        }
    }
}
