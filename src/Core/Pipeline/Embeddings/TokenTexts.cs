using Nano.Chat;
using Nano.Dialects.Embeddings;
using Nano.Errors;
using Nano.Json;
using Nano.Tokens;

namespace Nano.Pipeline.Embeddings;

/// <summary>
/// Converts token ids to text for providers that embed only text. Clients that send ids (LangChain does by default) create them with the
/// tokenizer of OpenAI's embedding models, whatever the model's name.
/// </summary>
internal static class TokenTexts
{
    /// <summary>A model name of the family that uses the tokenizer.</summary>
    private const string Family = "text-embedding-3-small";

    /// <summary>The first id after its vocabulary, which ends with the special tokens.</summary>
    private const int End = 100_277;

    /// <summary>Returns an error if the ids cannot be converted.</summary>
    public static GatewayError? Decode(EmbeddingRequest request, LossReport losses)
    {
        var tokenizer = Encodings.Of(Family);
        var inputs = new List<EmbeddingInput>(request.Inputs.Count);
        foreach (var input in request.Inputs)
        {
            if (!input.Tokens.IsPresent)
            {
                inputs.Add(input);
                continue;
            }
            if (Ids(input.Tokens) is not { } ids || tokenizer.Decode(ids) is not { Length: > 0 } text)
                return GatewayError.Invalid($"'{input.Path}' must be a text or a list of token ids.", input.Path);
            inputs.Add(input with { Tokens = default, Text = JsonText.From(text) });
        }
        request.Inputs = inputs;
        losses.Emulate("input");
        return null;
    }

    private static List<int>? Ids(JsonSlice tokens)
    {
        var ids = new List<int>();
        var cursor = new JsonCursor(tokens.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            if (cursor.TakeValue().AsInt64() is not (>= 0 and < End and var id)) return null;
            ids.Add((int)id);
        }
        return ids;
    }
}
