using System.Globalization;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.OpenAIChat.Responses;
using Nano.Dialects.OpenAIResponses.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Responses;

/// <summary>
/// Reads a whole response, and the <c>response</c> object of the events that begin and end a stream. Most of its members
/// repeat the request (tools, instructions, temperature), so they are not losses. The unchanged body is kept for a
/// caller of the same dialect.
/// </summary>
internal readonly ref struct ResponseObject
{
    public JsonText Id { get; private init; }

    public JsonText Model { get; private init; }

    public JsonText Status { get; private init; }

    public JsonText ServiceTier { get; private init; }

    /// <summary>Unix seconds.</summary>
    public JsonSlice Created { get; private init; }

    public JsonSlice Output { get; private init; }

    public JsonSlice Usage { get; private init; }

    public JsonSlice Error { get; private init; }

    public JsonText IncompleteReason { get; private init; }

    /// <summary>Whether it has the members of a response.</summary>
    public bool IsResponse => Output.IsArray;

    public bool IsIncomplete => Status.Is("incomplete"u8);

    /// <summary>It is still being generated, in the background.</summary>
    public bool IsPending => Status.Is("queued"u8) || Status.Is("in_progress"u8);

    /// <param name="json">An object.</param>
    /// <param name="reader">Reads <see cref="Output"/> in the same scan; null to skip it.</param>
    public static ResponseObject Read(ReadOnlyMemory<byte> json, OutputReader? reader = null)
    {
        JsonText id = default, model = default, status = default, tier = default;
        JsonSlice created = default, output = default, usage = default, error = default, incomplete = default;
        var cursor = new JsonCursor(json);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var isText = cursor.Token == JsonTokenType.String;
            if (isText && cursor.NameIs("id"u8)) id = cursor.TakeText();
            else if (isText && cursor.NameIs("model"u8)) model = cursor.TakeText();
            else if (isText && cursor.NameIs("status"u8)) status = cursor.TakeText();
            else if (isText && cursor.NameIs("service_tier"u8)) tier = cursor.TakeText();
            else if (cursor.Token == JsonTokenType.Number && cursor.NameIs("created_at"u8)) created = cursor.TakeValue();
            else if (cursor.Token == JsonTokenType.StartArray && !output.IsPresent && cursor.NameIs("output"u8)) output = TakeOutput(ref cursor, reader);
            else if (cursor.Token == JsonTokenType.StartObject && cursor.NameIs("usage"u8)) usage = cursor.TakeValue();
            else if (cursor.NameIs("error"u8)) error = cursor.TakeValue();
            else if (cursor.NameIs("incomplete_details"u8)) incomplete = cursor.TakeValue();
            else cursor.Skip();
        }
        cursor.ExpectEnd();
        return new ResponseObject
        {
            Id = id,
            Model = model,
            Status = status,
            ServiceTier = tier,
            Created = Whole(created),
            Output = output,
            Usage = usage,
            Error = error,
            IncompleteReason = incomplete.Member("reason"u8).AsText(),
        };
    }

    private static JsonSlice TakeOutput(ref JsonCursor cursor, OutputReader? reader)
    {
        if (reader is null) return cursor.TakeValue();
        var start = cursor.Position;
        reader.Read(ref cursor);
        return cursor.ValueSince(start);
    }

    /// <summary>Some providers send other forms (<c>1.7e9</c>, <c>1700000000.5</c>); Chat requires an integer.</summary>
    private static JsonSlice Whole(JsonSlice time)
    {
        if (time.Span.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0) return time;
        return time.AsDouble() is > 0 and < 1e11 and var seconds ? JsonSlice.Constant(((long)seconds).ToString(CultureInfo.InvariantCulture)) : default;
    }

    public Usage? ReadUsage(UsageRules rules, bool keepMembers)
    {
        if (!Usage.IsObject) return null;
        var usage = UsageReader.Read(Usage, rules, keepMembers, OpenAIResponsesDialect.DialectName);
        return usage.ServiceTier is null && ServiceTier.HasValue && !ServiceTier.Is("auto"u8) ? usage with { ServiceTier = ServiceTier.ToString() } : usage;
    }
}

/// <inheritdoc cref="ResponseObject"/>
internal static class ResponseReader
{
    /// <summary>The name of the extra with the whole body.</summary>
    public static readonly JsonText Whole = JsonText.From("response");

    public static ChatResponse Read(ReadOnlyMemory<byte> body, UsageRules rules)
    {
        var choice = new ChatChoice(0, new ChatMessage(ChatRole.Assistant));
        var reader = new OutputReader(choice.Message);
        var said = ResponseObject.Read(body, reader);
        var response = new ChatResponse(OpenAIResponsesDialect.DialectName) { Id = said.Id, Model = said.Model, Created = said.Created };
        Extras? extras = null;
        Extras.AddCarried(ref extras, OpenAIResponsesDialect.DialectName, Whole, new JsonSlice(body), lost: null);
        response.Extras = extras;
        response.Error = Failures.OfResponse(said.Status, said.Error, new JsonSlice(body));
        if (!said.IsResponse) return response;
        choice.Logprobs = reader.TakeLogprobs();
        choice.Finish = FinishReasons.Read(said.IsIncomplete, said.IncompleteReason, reader.HasCalls);
        choice.NativeFinish = said.IncompleteReason;
        response.Choices.Add(choice);
        response.Usage = said.ReadUsage(rules, keepMembers: true);
        return response;
    }
}
