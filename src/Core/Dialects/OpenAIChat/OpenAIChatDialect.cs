using Nano.Chat;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Dialects.OpenAIChat.Requests;
using Nano.Dialects.OpenAIChat.Responses;
using Nano.Dialects.OpenAIChat.Streams;
using Nano.Dialects.Shared;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat;

/// <summary>
/// OpenAI Chat Completions (https://platform.openai.com/docs/api-reference/chat) and the deviations of
/// compatible providers: four forms of reasoning, content arrays in responses, legacy functions, errors with status 200.
/// </summary>
internal sealed class OpenAIChatDialect : IDialect
{
    public const string DialectName = DialectNames.OpenAIChat;

    private readonly ProviderQuirks? _quirks;

    /// <summary>OpenAI's own dialect.</summary>
    public OpenAIChatDialect() { }

    /// <summary>One provider's variant of the dialect.</summary>
    internal OpenAIChatDialect(ChatQuirks quirks) => _quirks = new ProviderQuirks(quirks);

    public string Name => DialectName;

    public IWireQuirks? Quirks => _quirks;

    public ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => RequestReader.Read(body);

    public void WriteRequest(ChatRequest request, in RequestTarget target, JsonOutput output, LossReport losses)
    {
        if (_quirks is null)
        {
            RequestWriter.Write(request, target, quirks: null, output, losses);
            return;
        }
        using var plain = output.CreateScratch(output.Capacity);
        RequestWriter.Write(request, target, _quirks, plain, losses);
        if (!_quirks.TryEditRequest(plain.Written, target, output, losses)) output.Raw(plain.WrittenSpan);
    }

    public ChatResponse ReadResponse(ReadOnlyMemory<byte> body, UsageRules usage) =>
        ResponseReader.Read(Quirks is null ? body : Edited(Quirks, body), usage);

    /// <summary>The result of reading borrows from the bytes, so an edited response has its own memory.</summary>
    private static ReadOnlyMemory<byte> Edited(IWireQuirks quirks, ReadOnlyMemory<byte> body)
    {
        using var edited = new JsonOutput(body.Length);
        return quirks.TryEditResponse(body, edited, isForReader: true) ? edited.WrittenSpan.ToArray() : body;
    }

    public void WriteResponse(ChatResponse response, in ResponseContext context, JsonOutput output, LossReport losses) =>
        ResponseWriter.Write(response, context, output, losses);

    public IEventReader CreateEventReader(UsageRules usage) =>
        Quirks?.CreateEventEdit(isForReader: true) is { } edit ? new EditedEventReader(edit, new EventReader(usage)) : new EventReader(usage);

    public IEventWriter CreateEventWriter(in ResponseContext context, JsonOutput output, LossReport losses) =>
        new EventWriter(context, output, losses);

    public bool TryRemoveSealedState(ReadOnlyMemory<byte> body, JsonOutput output, LossReport losses) => new SealedState(output).Run(body, losses);

    public IUsageTap CreateUsageTap(UsageRules usage) => new UsageTap(usage);

    public ErrorDetails ReadError(ReadOnlySpan<byte> body) => ErrorObjectReader.Read(body);

    public void WriteError(GatewayError error, JsonOutput output) => ErrorObjectWriter.Write(error, output);

    public void WriteStreamError(GatewayError error, JsonOutput output)
    {
        output.Bytes("data: "u8);
        output.NewValue();
        ErrorObjectWriter.Write(error, output);
        output.Bytes("\n\n"u8);
        output.NewValue();
    }
}
