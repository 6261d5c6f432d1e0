using Nano.Json;

namespace Nano.Dialects.OpenAIChat;

/// <summary>The members that every answer of another dialect begins with, whole or chunk; what the provider did not say is filled in.</summary>
internal static class AnswerHead
{
    public static void Write(JsonText id, ReadOnlySpan<byte> kind, JsonSlice created, JsonText model, in ResponseContext context, JsonOutput output)
    {
        output.Name("id"u8);
        if (id.HasValue) output.Text(id);
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
