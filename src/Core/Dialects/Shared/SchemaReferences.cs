using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>Finds schemas that contain themselves through <c>$ref</c>. Grammars cannot be recursive.</summary>
internal static class SchemaReferences
{
    private const int MaxDefinitions = 1000;

    /// <summary>Also true for references to targets outside <c>$defs</c> and <c>definitions</c>, which cannot be followed.</summary>
    public static bool AreRecursive(JsonSlice root)
    {
        var definitions = new Dictionary<string, HashSet<string>>();
        if (!Collect(root.Member("$defs"u8), "#/$defs/", definitions) || !Collect(root.Member("definitions"u8), "#/definitions/", definitions)) return true;
        var used = new HashSet<string>();
        Find(root, used);
        foreach (var reference in used)
            if (!definitions.ContainsKey(reference)) return true;
        var state = new Dictionary<string, bool>();
        foreach (var name in definitions.Keys)
            if (HasCycle(name, definitions, state, 0)) return true;
        return false;
    }

    private static bool Collect(JsonSlice map, string prefix, Dictionary<string, HashSet<string>> definitions)
    {
        if (!map.IsObject) return true;
        var cursor = new JsonCursor(map.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (definitions.Count == MaxDefinitions) return false;
            var name = prefix + cursor.Name;
            var references = new HashSet<string>();
            Find(cursor.TakeValue(), references);
            definitions[name] = references;
        }
        return true;
    }

    private static void Find(JsonSlice value, HashSet<string> references)
    {
        var cursor = new JsonCursor(value.Memory);
        Walk(ref cursor, references);
    }

    private static void Walk(ref JsonCursor cursor, HashSet<string> references)
    {
        if (cursor.Token == System.Text.Json.JsonTokenType.StartObject)
        {
            while (cursor.NextMember())
            {
                if (cursor.NameIs("$ref"u8) && cursor.Token == System.Text.Json.JsonTokenType.String) references.Add(cursor.TakeText().ToString());
                else Walk(ref cursor, references);
            }
        }
        else if (cursor.Token == System.Text.Json.JsonTokenType.StartArray)
        {
            while (cursor.NextElement()) Walk(ref cursor, references);
        }
    }

    /// <param name="state">Per definition: false while it is being followed, true afterwards.</param>
    private static bool HasCycle(string name, Dictionary<string, HashSet<string>> definitions, Dictionary<string, bool> state, int depth)
    {
        if (depth > 200) return true;
        if (state.TryGetValue(name, out var done)) return !done;
        state[name] = false;
        if (definitions.TryGetValue(name, out var references))
            foreach (var next in references)
                if (HasCycle(next, definitions, state, depth + 1)) return true;
        state[name] = true;
        return false;
    }
}
