using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>
/// OpenAI's embeddings (platform.openai.com/docs/api-reference/embeddings), for callers and for providers that offer the same API
/// with the differences of <see cref="EmbeddingQuirks"/>.
/// </summary>
internal sealed class OpenAIEmbeddings(EmbeddingQuirks quirks) : IEmbeddingFormat, IEmbeddingCaller
{
    /// <summary>OpenAI's own API.</summary>
    public static OpenAIEmbeddings Plain { get; } = new(new EmbeddingQuirks());

    public const string ApiName = "openai-embeddings";

    public string Name => ApiName;

    internal EmbeddingQuirks Quirks => quirks;

    public int MaxInputs(string model) => quirks.MaxInputs;

    public bool TakesTokens => !quirks.TextOnly;

    public bool TakesAsIs(EmbeddingRequest request)
    {
        if (quirks.UsageWithoutPromptTokens) return false;
        if (request.AsBase64 && quirks.EncodingMember != "encoding_format") return false;
        if (request.HasNulls && quirks.RefusesNulls) return false;
        var options = request.Inputs.Count > 0 ? request.Inputs[0].Options : EmbeddingOptions.None;
        if (options.Dimensions is not null && quirks.DimensionsMember != "dimensions") return false;
        if (request.User.IsPresent && quirks.RefusesUser) return false;
        if (quirks.TaskMember is not { } member) return true;
        // A value that the provider defines passes; other values and a missing mandatory member do not.
        return options.TaskWord is null ? quirks.DefaultTask is null : options.TaskMember == member && options.TaskWord == quirks.TaskWord(options.Task);
    }

    public EmbeddingRequest ReadRequest(ReadOnlyMemory<byte> body) => OpenAIRequestReader.Read(body);

    public BodySplice WriteSame(ReadOnlyMemory<byte> body, Envelope envelope, ReadOnlyMemory<byte> model, JsonOutput output) => envelope.Splice(body, model, askForUsage: false);

    public void WriteRequest(in EmbeddingPart part, in RequestTarget target, JsonOutput output, LossReport losses)
    {
        output.BeginObject();
        output.Name("model"u8);
        output.Text(target.Model);
        output.Name("input"u8);
        WriteInputs(part, target.Model, output);
        var carried = WriteOptions(part.Options, part.Request.Names == EmbeddingNames.OpenAI, output);
        // Without it providers send lists of numbers, which the gateway converts to base64 for the caller.
        if (part.Request.AsBase64 && quirks.EncodingMember is { } encoding) Member(encoding, "base64", output);
        if (part.Request.User.IsPresent && !quirks.RefusesUser)
        {
            output.Name("user"u8);
            output.Text(part.Request.User);
            carried |= EmbeddingMembers.User;
        }
        part.Request.Extras.WriteTo(output, ApiName);
        output.EndObject();
        EmbeddingLosses.Name(part, carried, ApiName, losses);
    }

    private void WriteInputs(in EmbeddingPart part, string model, JsonOutput output)
    {
        output.BeginArray();
        for (var i = 0; i < part.Count; i++)
        {
            var input = part[i];
            if (input.Tokens.IsPresent) output.Raw(input.Tokens);
            else output.Text(EmbeddingCalls.TextOf(input, model));
        }
        output.EndArray();
    }

    private EmbeddingMembers WriteOptions(EmbeddingOptions options, bool isOwn, JsonOutput output)
    {
        var carried = EmbeddingMembers.None;
        if (options.Dimensions is { } dimensions && quirks.DimensionsMember is { } length)
        {
            output.Name(JsonText.From(length));
            output.Number(dimensions);
            carried |= EmbeddingMembers.Dimensions;
        }
        if (options.Truncate is { } truncate && quirks.TruncateMember is { } cut)
        {
            output.Name(JsonText.From(cut));
            output.Boolean(truncate);
            carried |= EmbeddingMembers.Truncate;
        }
        if (quirks.TaskMember is null && isOwn && options.TaskWord is { } own)
        {
            // As on the passthrough: the provider knows it, or refuses it.
            Member(options.TaskMember, own, output);
            carried |= EmbeddingMembers.Task;
        }
        if (quirks.TaskMember is { } member)
        {
            var word = quirks.TaskWord(options.Task);
            if (word is not null) carried |= EmbeddingMembers.Task;
            if ((word ?? quirks.DefaultTask) is { } task) Member(member, task, output);
        }
        return carried;
    }

    private static void Member(string name, string value, JsonOutput output)
    {
        output.Name(JsonText.From(name));
        output.Text(value);
    }

    public EmbeddingResponse ReadResponse(ReadOnlyMemory<byte> body) => OpenAIResponseReader.Read(body);

    public ResponseSketch Sketch(ReadOnlyMemory<byte> body) => OpenAIResponseReader.Sketch(body);

    public void WriteResponse(EmbeddingResponse response, EmbeddingRequest request, string model, JsonOutput output)
    {
        output.BeginObject();
        output.Member("object"u8, "list");
        output.Name("data"u8);
        output.BeginArray();
        for (var i = 0; i < response.Vectors.Count; i++)
        {
            output.BeginObject();
            output.Member("object"u8, "embedding");
            output.Member("index"u8, (long)i);
            output.Name("embedding"u8);
            if (request.AsBase64) VectorWriter.WriteBase64(response.Vectors[i], output);
            else VectorWriter.WriteNumbers(response.Vectors[i], output);
            output.EndObject();
        }
        output.EndArray();
        output.Member("model"u8, response.Model ?? model);
        if (response.Tokens is { } tokens)
        {
            output.Name("usage"u8);
            output.BeginObject();
            output.Member("prompt_tokens"u8, tokens);
            output.Member("total_tokens"u8, tokens);
            output.EndObject();
        }
        output.EndObject();
    }
}
