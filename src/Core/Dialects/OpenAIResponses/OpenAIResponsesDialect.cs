using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Dialects.OpenAIResponses.Responses;
using Nano.Dialects.OpenAIResponses.Streams;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses;

/// <summary>
/// OpenAI Responses (https://platform.openai.com/docs/api-reference/responses), also of xAI, Azure and others: a
/// conversation as a list of items, an answer as another.
/// </summary>
internal sealed class OpenAIResponsesDialect : IDialect
{
    public const string DialectName = DialectNames.OpenAIResponses;

    public string Name => DialectName;

    public ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => RequestReader.Read(body);

    public void WriteRequest(ChatRequest request, in RequestTarget target, JsonOutput output, LossReport losses)
    {
        if (request.Origin == DialectName) RequestEcho.Write(request, target, output);
        else new RequestWriter(request, target, output, losses).Write();
    }

    public ChatResponse ReadResponse(ReadOnlyMemory<byte> body, UsageRules usage) => ResponseReader.Read(body, usage);

    public void WriteResponse(ChatResponse response, in ResponseContext context, JsonOutput output, LossReport losses)
    {
        if (response.Origin == DialectName) ResponseEcho.Write(response, output);
        else ResponseWriter.Write(response, context, output, losses);
    }

    public IEventReader CreateEventReader(UsageRules usage) => new EventReader(usage);

    public IEventWriter CreateEventWriter(in ResponseContext context, JsonOutput output, LossReport losses) =>
        new EventWriter(context, output, losses);

    public bool TryRemoveSealedState(ReadOnlyMemory<byte> body, JsonOutput output, LossReport losses) => new SealedState(output).Run(body, losses);

    public IUsageTap CreateUsageTap(UsageRules usage) => new UsageTap(usage);

    /// <summary>The error objects are Chat's.</summary>
    public ErrorDetails ReadError(ReadOnlySpan<byte> body) => ErrorObjectReader.Read(body);

    /// <summary>
    /// Codex sends a request 30 times at a 503, 6 times at a 429 with Retry-After, and once at a 400 (docs/clients.md): what no retry can mend
    /// is a 400, and overload a 429.
    /// </summary>
    public GatewayError ForCaller(GatewayError error) => error switch
    {
        { IsFinal: true, Status: >= 500 } => error with { Status = 400 },
        { Status: 503 } => error with { Status = 429, RetryAfter = error.RetryAfter ?? "2" },
        _ => error,
    };

    public void WriteError(GatewayError error, JsonOutput output) => ErrorObjectWriter.Write(error, output);

    /// <summary>An <c>error</c> event (https://platform.openai.com/docs/api-reference/responses-streaming/error).</summary>
    public void WriteStreamError(GatewayError error, JsonOutput output)
    {
        output.Bytes("event: error\ndata: "u8);
        output.NewValue();
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("error"u8);
        output.Name("code"u8);
        if (error.Code is { } code) output.Text(code);
        else output.Null();
        output.Name("message"u8);
        output.Text(error.Message);
        output.Name("param"u8);
        if (error.Param is { } param) output.Text(param);
        else output.Null();
        output.EndObject();
        output.Bytes("\n\n"u8);
        output.NewValue();
    }
}
