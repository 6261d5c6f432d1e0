using Nano.Chat;
using Nano.Dialects.Embeddings;
using Nano.Errors;
using Nano.Json;
using Nano.Tokens;

namespace Nano.Pipeline.Embeddings;

/// <summary>
/// Makes text of token ids for providers that embed text alone. Clients that send ids (LangChain does by default) make them with the
/// tokenizer of OpenAI's embedding models, whatever the model's name.
/// </summary>
internal static class TokenTexts
{
    /// <summary>A name of the family whose tokenizer it is.</summary>
    private const string Family = "text-embedding-3-small";

    /// <summary>The result is why it cannot be done.</summary>
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
            if (Ids(input.Tokens) is not { } ids || tokenizer.Decode(ids) is not { } text)
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
            if (cursor.TakeValue().AsInt64() is not (>= 0 and <= int.MaxValue and var id)) return null;
            ids.Add((int)id);
        }
        return ids;
    }
}
