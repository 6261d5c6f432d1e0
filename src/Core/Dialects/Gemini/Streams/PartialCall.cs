using System.Buffers;
using System.Text.Json;
using Nano.Json;

namespace Nano.Dialects.Gemini.Streams;

/// <summary>
/// A function call whose arguments arrive in pieces (<c>gemini-generatecontent-sse-partools-43d385</c>): each piece has a JSON
/// path and sets the value there, or appends to the string there while <c>willContinue</c> is true. Pieces are copied, since
/// their events are not kept. The arguments are sent whole when the call ends, because the protocol allows a later piece to
/// change any earlier object.
/// </summary>
internal sealed class PartialCall(int toolIndex)
{
    /// <summary>How many elements beyond its end a list may be set; the gap is filled with nulls.</summary>
    private const int MaxGap = 256;

    private const int MaxNodes = 10_000;

    private const int MaxBytes = 16 * 1024 * 1024;

    private readonly Node _root = new() { Members = [] };
    private int _nodes;
    private int _bytes;

    public int ToolIndex { get; } = toolIndex;

    /// <summary>Adds the <c>partialArgs</c> of one event.</summary>
    public void Add(JsonSlice pieces)
    {
        if (!pieces.IsArray) return;
        var cursor = new JsonCursor(pieces.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) AddPiece(cursor.TakeValue());
    }

    /// <summary>Writes the arguments so far as a JSON object.</summary>
    public void Write(JsonOutput output) => _root.Write(output);

    private void AddPiece(JsonSlice piece)
    {
        if ((_bytes += piece.Span.Length) > MaxBytes) throw new JsonException("The arguments of a call are too long.");
        var node = At(piece.Member("jsonPath"u8).AsText().ToString());
        var text = piece.Member("stringValue"u8);
        if (text.IsText)
        {
            (node.Text ??= new ArrayBufferWriter<byte>()).Write(text.AsText().Span);
            return;
        }
        var value = piece.Member("numberValue"u8);
        if (!value.IsPresent) value = piece.Member("boolValue"u8);
        node.Scalar = value.IsNumber || value.IsTrue || value.IsFalse ? value.Span.ToArray() : "null"u8.ToArray();
    }

    /// <summary>Follows a path such as <c>$.operations[0].action</c> or <c>$['a b'][1]</c>, and creates missing nodes.</summary>
    private Node At(string path)
    {
        var node = _root;
        var at = path.StartsWith('$') ? 1 : 0;
        while (at < path.Length)
        {
            if (path[at] == '[')
            {
                var close = Closing(path, at);
                var inside = path.AsSpan(at + 1, close - at - 1);
                at = close + 1;
                if (inside.Length >= 2 && inside[0] is '\'' or '"') node = Member(node, inside[1..^1].ToString().Replace("\\'", "'", StringComparison.Ordinal));
                else if (int.TryParse(inside, out var index) && index >= 0) node = Element(node, index);
                else throw Unreadable();
            }
            else
            {
                if (path[at] == '.') at++;
                var end = path.AsSpan(at).IndexOfAny('.', '[');
                end = end < 0 ? path.Length : at + end;
                if (end == at) throw Unreadable();
                node = Member(node, path[at..end]);
                at = end;
            }
        }
        return node;
    }

    private static int Closing(string path, int open)
    {
        var quote = open + 1 < path.Length && path[open + 1] is '\'' or '"' ? path[open + 1] : '\0';
        for (var i = open + (quote == '\0' ? 1 : 2); i < path.Length; i++)
        {
            if (path[i] == '\\') i++;
            else if (quote == '\0' ? path[i] == ']' : path[i] == quote && i + 1 < path.Length && path[i + 1] == ']') return quote == '\0' ? i : i + 1;
        }
        throw Unreadable();
    }

    private Node Member(Node parent, string name)
    {
        parent.Members ??= [];
        foreach (var (key, value) in parent.Members)
            if (key == name) return value;
        var node = Make();
        parent.Members.Add((name, node));
        return node;
    }

    private Node Element(Node parent, int index)
    {
        parent.Elements ??= [];
        if (index - parent.Elements.Count > MaxGap) throw Unreadable();
        while (parent.Elements.Count <= index) parent.Elements.Add(Make());
        return parent.Elements[index];
    }

    private Node Make() => ++_nodes <= MaxNodes ? new Node() : throw Unreadable();

    private static JsonException Unreadable() => new("A piece of a call's arguments has a path that cannot be followed.");

    private sealed class Node
    {
        public List<(string Name, Node Value)>? Members;
        public List<Node>? Elements;
        public ArrayBufferWriter<byte>? Text;
        public byte[]? Scalar;

        public void Write(JsonOutput output, int depth = 0)
        {
            if (depth >= JsonCursor.MaxDepth) throw Unreadable();
            if (Members is not null)
            {
                output.BeginObject();
                foreach (var (name, value) in Members)
                {
                    output.Name(JsonText.From(name));
                    value.Write(output, depth + 1);
                }
                output.EndObject();
            }
            else if (Elements is not null)
            {
                output.BeginArray();
                foreach (var element in Elements) element.Write(output, depth + 1);
                output.EndArray();
            }
            else if (Text is not null)
            {
                output.Literal(Text.WrittenSpan);
            }
            else
            {
                output.Raw(Scalar ?? "null"u8.ToArray());
            }
        }
    }
}
