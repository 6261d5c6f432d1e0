using System.Text.Json;
using Nano.Chat;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>The only callers of embedding readers and writers: they turn exceptions into a <see cref="GatewayError"/>.</summary>
internal static class EmbeddingCalls
{
    public static (EmbeddingRequest? Request, GatewayError? Error) TryReadRequest(this IEmbeddingCaller caller, ReadOnlyMemory<byte> body)
    {
        try
        {
            return (caller.ReadRequest(body), null);
        }
        catch (DialectException e)
        {
            return (null, e.Error);
        }
        catch (JsonException e)
        {
            return (null, GatewayError.Invalid($"The request body is not a valid request: {e.Message}"));
        }
    }

    public static GatewayError? TryWriteRequest(this IEmbeddingFormat format, in EmbeddingPart part, in RequestTarget target, JsonOutput output, LossReport losses)
    {
        try
        {
            format.WriteRequest(part, target, output, losses);
            return null;
        }
        catch (DialectException e)
        {
            return e.Error;
        }
    }

    /// <summary>Null if the response is not valid, or has another number of vectors than requested.</summary>
    public static EmbeddingResponse? TryReadResponse(this IEmbeddingFormat format, ReadOnlyMemory<byte> body, int expected)
    {
        try
        {
            var response = format.ReadResponse(body);
            return response.IsError || response.Vectors.Count == expected ? response : null;
        }
        catch (Exception e) when (e is JsonException or DialectException)
        {
            return null;
        }
    }

    /// <summary>False if a vector cannot be written in the caller's form.</summary>
    public static bool TryWriteResponse(this IEmbeddingCaller caller, EmbeddingResponse response, EmbeddingRequest request, string model, JsonOutput output)
    {
        try
        {
            caller.WriteResponse(response, request, model, output);
            return true;
        }
        catch (DialectException)
        {
            return false;
        }
    }

    /// <summary>A provider's response that is not valid in its API. The message is not used: the caller gets one that names the provider.</summary>
    public static DialectException Malformed() => new(GatewayError.Invalid("The response is not what its API documents."));

    public static DialectException Invalid(string message, string param) => new(GatewayError.Invalid(message, param));

    /// <summary>An input as text, for a provider that embeds only text.</summary>
    public static JsonText TextOf(in EmbeddingInput input, string model)
    {
        if (input.Text.IsPresent) return input.Text;
        throw Invalid($"The gateway embeds only text with the model '{model}', and '{input.Path}' is something else.", input.Path);
    }
}
