using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Responses;

/// <summary>Writes the <c>response</c> object around the items of another dialect's response.</summary>
internal static class ResponseFrame
{
    /// <summary>Writes everything up to the value of <c>output</c>.</summary>
    /// <param name="id">As JSON text; absent if the provider sent none.</param>
    public static void Begin(JsonText id, JsonText model, JsonSlice created, ReadOnlySpan<byte> status, FinishReason finish, in ResponseContext context, JsonOutput output)
    {
        output.BeginObject();
        output.Name("id"u8);
        output.Text(IdOf(id, context));
        output.Name("object"u8);
        output.Literal("response"u8);
        output.Name("created_at"u8);
        if (created.AsInt64() is > 0) output.Raw(created);
        else output.Number(context.Created);
        output.Name("status"u8);
        output.Literal(status);
        output.Name("error"u8);
        output.Null();
        output.Name("incomplete_details"u8);
        var reason = FinishReasons.IncompleteReason(finish);
        if (reason.IsEmpty) output.Null();
        else
        {
            output.BeginObject();
            output.Name("reason"u8);
            output.Literal(reason);
            output.EndObject();
        }
        output.Name("model"u8);
        if (model.HasValue) output.Text(model);
        else output.Text(context.Model);
        output.Name("output"u8);
    }

    /// <summary>Writes the members that every response object has.</summary>
    /// <param name="isEnd">Whether the response has ended: the three totals are then integers, even if the provider reports none.</param>
    public static void End(Usage? usage, bool isEnd, in ResponseContext context, JsonOutput output)
    {
        output.Raw(context.Memo is ResponsesMemo memo ? memo.Members : RequestMembers.Defaults);
        output.Name("usage"u8);
        if (usage is null && !isEnd) output.Null();
        else UsageWriter.Write(output, usage ?? new Usage());
        if (usage?.ServiceTier is { } tier)
        {
            output.Name("service_tier"u8);
            output.Text(OpenAIChat.Responses.UsageWriter.TierOf(tier));
        }
        output.EndObject();
    }

    /// <summary>The id that is sent to the caller. OpenAI's ids begin with <c>resp_</c>, which clients check.</summary>
    public static string IdOf(JsonText id, in ResponseContext context) =>
        !id.HasValue ? $"resp_{context.FallbackId}" : id.StartsWith("resp_"u8) ? id.ToString() : $"resp_{id}";

    public static ReadOnlySpan<byte> Status(FinishReason finish) => FinishReasons.IncompleteReason(finish).IsEmpty ? "completed"u8 : "incomplete"u8;
}
