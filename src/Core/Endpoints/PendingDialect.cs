using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;

namespace Nano.Endpoints;

// Stands in for a dialect until its codecs land; removed with the last of them.
internal sealed class PendingDialect(string name) : IDialect
{
    public string Name => name;
    public ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => throw new NotImplementedException();
    public void WriteRequest(ChatRequest request, in RequestTarget target, JsonOutput output, LossReport losses) => throw new NotImplementedException();
    public ChatResponse ReadResponse(ReadOnlyMemory<byte> body, UsageRules usage) => throw new NotImplementedException();
    public void WriteResponse(ChatResponse response, in ResponseContext context, JsonOutput output, LossReport losses) => throw new NotImplementedException();
    public IEventReader CreateEventReader(UsageRules usage) => throw new NotImplementedException();
    public IEventWriter CreateEventWriter(in ResponseContext context, JsonOutput output, LossReport losses) => throw new NotImplementedException();
    public IUsageTap CreateUsageTap(UsageRules usage) => throw new NotImplementedException();
    public ErrorDetails ReadError(ReadOnlySpan<byte> body) => default;
    public void WriteError(GatewayError error, JsonOutput output)
    {
        output.BeginObject();
        output.Name("error"u8);
        output.Text(error.Message);
        output.EndObject();
    }
    public void WriteStreamError(GatewayError error, JsonOutput output) => throw new NotImplementedException();
}
