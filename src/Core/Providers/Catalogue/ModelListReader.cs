using System.IO.Enumeration;
using System.Text;
using System.Text.Json;
using Nano.Json;

namespace Nano.Providers.Catalogue;

/// <summary>One model as its provider lists it.</summary>
/// <param name="Id">The provider's id, not validated.</param>
/// <param name="Context">Tokens; null if the list does not contain it.</param>
/// <param name="Embeds">By its name, it embeds texts and does not chat.</param>
internal readonly record struct ListedModel(string Id, long? Context, bool Embeds = false);

/// <summary>Reads a provider's list of models page by page. Nothing in it is trusted. Not thread safe.</summary>
/// <param name="most">The maximum number of models to read; later ones are ignored.</param>
/// <param name="takesEmbeddings">Whether to include embedding models, because the provider has an embeddings API.</param>
internal sealed class ModelListReader(ModelListForm form, int most, bool takesEmbeddings = false)
{
    /// <summary>The maximum length in bytes, as written, of an id and of a page marker. Longer ones are ignored.</summary>
    private const int MaxText = 1024;

    private readonly byte[] _id = Encoding.UTF8.GetBytes(form.Id);
    private readonly byte[][] _chat = [.. (form.Chat?.Member.Split('.') ?? []).Select(Encoding.UTF8.GetBytes)];
    private readonly List<ListedModel> _models = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>In the order of the list, each id once.</summary>
    public IReadOnlyList<ListedModel> Models => _models;

    /// <summary>Reads the models of one page.</summary>
    /// <param name="next">The marker of the next page; null if this is the last one.</param>
    /// <returns>False if this is not a list; some of its models may have been read.</returns>
    public bool TryRead(ReadOnlyMemory<byte> json, out string? next)
    {
        next = null;
        try
        {
            // A truncated or malformed page is not valid.
            return JsonSlice.IsValid(json.Span) && Read(json, out next);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private bool Read(ReadOnlyMemory<byte> json, out string? next)
    {
        next = null;
        var cursor = new JsonCursor(json);
        if (cursor.Token == JsonTokenType.StartArray)
        {
            ReadItems(json);
            return true;
        }
        if (cursor.Token != JsonTokenType.StartObject) return false;
        var found = false;
        var more = form.More.Length == 0;
        while (cursor.NextMember())
        {
            var name = cursor.Name.Span.Length <= MaxText ? cursor.Name.ToString() : "";
            var value = cursor.TakeValue();
            if (name == form.Items && value.IsArray)
            {
                found = true;
                ReadItems(value.Memory);
            }
            else if (form.PageParameter is null) continue;
            else if (name == form.Next) next = Text(value) is { Length: > 0 } page ? page : null;
            else if (name == form.More) more = value.IsTrue;
        }
        if (!more) next = null;
        return found;
    }

    private void ReadItems(ReadOnlyMemory<byte> list)
    {
        var cursor = new JsonCursor(list);
        cursor.EnterArray();
        while (_models.Count < most && cursor.NextElement())
        {
            var item = cursor.TakeValue();
            if (!item.IsObject) continue;
            var (id, context, chats) = ReadItem(item.Memory);
            if (id is null) continue;
            if (id.StartsWith(form.Prefix, StringComparison.Ordinal)) id = id[form.Prefix.Length..];
            var embeds = takesEmbeddings && id.Contains("embed", StringComparison.OrdinalIgnoreCase);
            if (!embeds && (!chats || form.Others.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, id)))) continue;
            if (_seen.Add(id)) _models.Add(new ListedModel(id, context, embeds));
        }
    }

    private (string? Id, long? Context, bool Chats) ReadItem(ReadOnlyMemory<byte> json)
    {
        string? id = null;
        long? context = null;
        var chats = true;
        var item = new JsonCursor(json);
        item.EnterObject();
        while (item.NextMember())
        {
            if (item.NameIs(_id)) id = Text(item.TakeValue());
            else if (_chat.Length > 0 && item.NameIs(_chat[0])) chats = Chats(item.TakeValue(), 1);
            else if (IsContext(item)) context = item.TakeValue().AsInt64() is > 0 and <= int.MaxValue and var tokens ? tokens : context;
            else item.Skip();
        }
        return (id, context, chats);
    }

    /// <summary>vLLM; Groq; OpenRouter, Together, Cohere; Mistral; Gemini.</summary>
    private static bool IsContext(in JsonCursor item) =>
        item.NameIs("max_model_len"u8) || item.NameIs("context_window"u8) || item.NameIs("context_length"u8)
        || item.NameIs("max_context_length"u8) || item.NameIs("inputTokenLimit"u8);

    private bool Chats(JsonSlice value, int depth)
    {
        for (; depth < _chat.Length; depth++) value = value.Member(_chat[depth]);
        if (!value.HasValue) return true;
        if (!value.IsArray) return Says(value);
        var words = new JsonCursor(value.Memory);
        words.EnterArray();
        while (words.NextElement()) if (Says(words.TakeValue())) return true;
        return false;
    }

    private bool Says(JsonSlice value) => (value.IsTrue ? "true" : Text(value)) == form.Chat!.Value.Word;

    private static string? Text(JsonSlice value) => value.IsText && value.Span.Length is > 2 and <= MaxText ? value.AsText().ToString() : null;
}
