using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Responses;

/// <summary>Writes the first members of another dialect's response or chunk, with defaults for values that the provider did not send.</summary>
internal static class ResponseHead
{
    private static readonly JsonText ChatPrefix = JsonText.From("chatcmpl-");

    public static void Write(JsonText id, ReadOnlySpan<byte> kind, JsonSlice created, JsonText model, in ResponseContext context, JsonOutput output)
    {
        output.Name("id"u8);
        // OpenAI's own form of the id for a response from OpenAI's Responses API: clients inspect it.
        if (id.StartsWith("resp_"u8))
        {
            output.BeginText();
            output.Append(ChatPrefix);
            output.Append(new JsonText(id.Escaped["resp_"u8.Length..]));
            output.EndText();
        }
        else if (id.HasValue) output.Text(id);
        else output.Text($"chatcmpl-{context.FallbackId}");
        output.Name("object"u8);
        output.Literal(kind);
        output.Name("created"u8);
        if (created.AsInt64() is > 0) output.Raw(created);
        else output.Number(context.Created);
        output.Name("model"u8);
        if (model.HasValue) output.Text(model);
        else output.Text(context.Model);
    }
}
