using Nano.Chat;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat;

/// <summary>
/// OpenAI Chat Completions (https://platform.openai.com/docs/api-reference/chat) and what its many compatibles make of
/// it: reasoning in four words, content arrays in answers, legacy functions, errors inside of 200.
/// </summary>
public sealed class OpenAIChatDialect : IDialect
{
    public const string DialectName = "openai-chat";

    public string Name => DialectName;

    public ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => RequestReader.Read(body);

    public void WriteRequest(ChatRequest request, in RequestTarget target, JsonOutput output, LossReport losses) =>
        RequestWriter.Write(request, target, output, losses);

    public ChatResponse ReadResponse(ReadOnlyMemory<byte> body, UsageRules usage) => ResponseReader.Read(body, usage);

    public void WriteResponse(ChatResponse response, in ResponseContext context, JsonOutput output, LossReport losses) =>
        ResponseWriter.Write(response, context, output, losses);

    public IEventReader CreateEventReader(UsageRules usage) => new EventReader(usage);

    public IEventWriter CreateEventWriter(in ResponseContext context, JsonOutput output, LossReport losses) =>
        new EventWriter(context, output, losses);

    public IUsageTap CreateUsageTap(UsageRules usage) => new UsageTap(usage);

    public ErrorDetails ReadError(ReadOnlySpan<byte> body) => ErrorReader.Read(body);

    public void WriteError(GatewayError error, JsonOutput output) => ErrorWriter.Write(error, output);

    public void WriteStreamError(GatewayError error, JsonOutput output)
    {
        output.Bytes("data: "u8);
        output.NewValue();
        ErrorWriter.Write(error, output);
        output.Bytes("\n\n"u8);
        output.NewValue();
    }
}
