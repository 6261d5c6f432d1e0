using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Responses;

/// <summary>The members that every response of another dialect begins with, whole or chunk; what the provider did not say is filled in.</summary>
internal static class ResponseHead
{
    private static readonly JsonText ChatPrefix = JsonText.From("chatcmpl-");

    public static void Write(JsonText id, ReadOnlySpan<byte> kind, JsonSlice created, JsonText model, in ResponseContext context, JsonOutput output)
    {
        output.Name("id"u8);
        // OpenAI's own form where OpenAI answered, on Responses: clients look at it.
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
