using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Errors;

/// <summary>
/// Ends a stream after a failure: an <c>error</c> event, with its members at the top and again in <c>error</c>, then <c>response.failed</c>.
/// Each official client recognises at least one of the three forms (docs/clients.md).
/// </summary>
internal static class StreamErrorWriter
{
    public static void Write(GatewayError error, in StreamPlace place, JsonOutput output)
    {
        Begin("error"u8, place.Events, output);
        Members(error, output);
        output.Name("error"u8);
        output.BeginObject();
        output.Name("type"u8);
        output.Literal(ErrorObjectWriter.TypeOf(error));
        Members(error, output);
        output.EndObject();
        End(output);

        Begin("response.failed"u8, place.Events + 1, output);
        output.Name("response"u8);
        output.BeginObject();
        output.Name("id"u8);
        output.Text(place.Id ?? $"resp_{place.FallbackId}");
        output.Name("object"u8);
        output.Literal("response"u8);
        output.Name("created_at"u8);
        output.Number(place.Created);
        output.Name("status"u8);
        output.Literal("failed"u8);
        output.Name("error"u8);
        output.BeginObject();
        output.Name("code"u8);
        // Mandatory here; clients treat an unknown value as a general failure.
        output.Text(ErrorObjectWriter.CodeOf(error) ?? "server_error");
        output.Name("message"u8);
        output.Text(error.Message);
        output.EndObject();
        output.Raw("\"incomplete_details\":null"u8);
        output.Name("model"u8);
        output.Text(place.Model ?? "");
        output.Raw("\"output\":[]"u8);
        output.Raw(RequestMembers.Defaults);
        output.Raw("\"usage\":null"u8);
        output.EndObject();
        End(output);
    }

    private static void Members(GatewayError error, JsonOutput output)
    {
        output.Name("code"u8);
        if (ErrorObjectWriter.CodeOf(error) is { } code) output.Text(code);
        else output.Null();
        output.Name("message"u8);
        output.Text(error.Message);
        output.Name("param"u8);
        if (error.Param is { } param) output.Text(param);
        else output.Null();
    }

    private static void Begin(ReadOnlySpan<byte> type, int number, JsonOutput output)
    {
        output.Bytes("event: "u8);
        output.Bytes(type);
        output.Bytes("\ndata: "u8);
        output.NewValue();
        output.BeginObject();
        output.Name("type"u8);
        output.Literal(type);
        output.Name("sequence_number"u8);
        output.Number(number);
    }

    private static void End(JsonOutput output)
    {
        output.EndObject();
        output.Bytes("\n\n"u8);
        output.NewValue();
    }
}
