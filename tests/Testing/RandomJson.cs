using System.Text;
using System.Text.Json.Nodes;

namespace Nano.Testing;

/// <summary>JSON values for property tests, from a seeded generator.</summary>
public static class RandomJson
{
    /// <summary>An object with members of every type, up to five levels deep.</summary>
    public static JsonObject Object(Random random, int depth = 0)
    {
        var value = new JsonObject();
        for (var i = random.Next(depth == 0 ? 1 : 0, 6); i > 0; i--) value[Name(random)] = Value(random, depth + 1);
        return value;
    }

    private static JsonNode? Value(Random random, int depth) => random.Next(depth > 4 ? 4 : 6) switch
    {
        0 => random.Next(100),
        1 => Name(random),
        2 => random.Next(2) == 0,
        3 => null,
        4 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth + 1))]),
        _ => Object(random, depth + 1),
    };

    private static string Name(Random random) => string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => "abcXY,:{}[]"[random.Next(11)]));

    /// <summary>Changes one random value.</summary>
    /// <returns>What was changed, for the message of a failed test.</returns>
    public static string Change(JsonNode root, Random random)
    {
        var places = new List<(string, Action)>();
        Collect(root, "", places);
        var (what, change) = places[random.Next(places.Count)];
        change();
        return what;
    }

    private static void Collect(JsonNode? node, string path, List<(string, Action)> places)
    {
        switch (node)
        {
            case JsonObject value:
                places.Add(($"{path} gets a member", () => value["added"] = 1));
                foreach (var (name, member) in value.ToList())
                {
                    places.Add(($"{path}.{name} is removed", () => value.Remove(name)));
                    places.Add(($"{path}.{name} is another value", () => value[name] = "another value"));
                    Collect(member, $"{path}.{name}", places);
                }
                break;
            case JsonArray list:
                places.Add(($"{path} gets an element", () => list.Add(null)));
                for (var i = 0; i < list.Count; i++)
                {
                    var at = i;
                    places.Add(($"{path}[{at}] is removed", () => list.RemoveAt(at)));
                    Collect(list[i], $"{path}[{i}]", places);
                }
                break;
        }
    }

    /// <summary>Writes the value with random white space and its members in random order.</summary>
    public static string Write(JsonNode? node, Random random)
    {
        var text = new StringBuilder();
        Write(node, random, text);
        return text.ToString();
    }

    private static void Write(JsonNode? node, Random random, StringBuilder text)
    {
        Space();
        switch (node)
        {
            case JsonObject value:
                var members = value.ToArray();
                // Names that only differ in case keep their order.
                if (members.Select(member => member.Key.ToLowerInvariant()).Distinct().Count() == members.Length) random.Shuffle(members);
                text.Append('{');
                for (var i = 0; i < members.Length; i++)
                {
                    if (i > 0) text.Append(',');
                    Space();
                    text.Append(JsonValue.Create(members[i].Key).ToJsonString());
                    Space();
                    text.Append(':');
                    Write(members[i].Value, random, text);
                }
                text.Append('}');
                break;
            case JsonArray list:
                text.Append('[');
                for (var i = 0; i < list.Count; i++)
                {
                    if (i > 0) text.Append(',');
                    Write(list[i], random, text);
                }
                text.Append(']');
                break;
            default:
                text.Append(node?.ToJsonString() ?? "null");
                break;
        }
        Space();

        void Space() => text.Append(' ', random.Next(3)).Append(random.Next(8) == 0 ? "\r\n\t" : "");
    }
}
