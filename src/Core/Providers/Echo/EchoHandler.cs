using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;

namespace Nano.Providers.Echo;

/// <summary>
/// Acts as an upstream that speaks OpenAI Chat: body in, JSON or SSE out, errors in OpenAI's form. It does not use the Chat
/// codecs, so that its responses test them.
/// </summary>
internal sealed class EchoHandler(TimeProvider time) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return Answer(request, body, cancellationToken);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var copy = new MemoryStream();
        request.Content?.CopyTo(copy, null, cancellationToken);
        return Answer(request, copy.ToArray(), cancellationToken);
    }

    private HttpResponseMessage Answer(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        try
        {
            var asked = EchoRequest.Read(body);
            var writer = new EchoWriter(asked, EchoResponse.To(asked, cancellationToken), time.GetUtcNow().ToUnixTimeSeconds());
            return asked.Stream
                ? Message(request, 200, new StreamContent(new EchoStream(writer)), "text/event-stream")
                : Message(request, 200, Whole(writer.Whole), "application/json");
        }
        catch (DialectException e)
        {
            return Refuse(request, e.Error);
        }
        catch (JsonException e)
        {
            return Refuse(request, GatewayError.Invalid($"We could not parse the JSON body of your request. {e.Message}"));
        }
    }

    private static HttpResponseMessage Refuse(HttpRequestMessage request, GatewayError error) =>
        Message(request, error.Status, Whole(output => WriteError(error, output)), "application/json");

    private static void WriteError(GatewayError error, JsonOutput output)
    {
        output.BeginObject();
        output.Name("error"u8);
        output.BeginObject();
        output.Name("message"u8);
        output.Text(error.Message);
        output.Name("type"u8);
        output.Literal("invalid_request_error"u8);
        output.Name("param"u8);
        if (error.Param is { } param) output.Text(param); else output.Null();
        output.Name("code"u8);
        if (error.Code is { } code) output.Text(code); else output.Null();
        output.EndObject();
        output.EndObject();
    }

    private static ByteArrayContent Whole(Action<JsonOutput> write)
    {
        using var output = new JsonOutput();
        write(output);
        return new ByteArrayContent(output.WrittenSpan.ToArray());
    }

    private static HttpResponseMessage Message(HttpRequestMessage request, int status, HttpContent content, string type)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return new HttpResponseMessage((HttpStatusCode)status) { Content = content, RequestMessage = request, Version = request.Version };
    }
}
