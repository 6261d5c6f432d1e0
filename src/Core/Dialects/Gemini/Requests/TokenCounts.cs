using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// <c>:countTokens</c>. The Gemini API expects everything except turns inside <c>generateContentRequest</c>, which repeats the model
/// (ai.google.dev/api/tokens); Vertex AI expects the members at the top level (cloud.google.com/vertex-ai/docs/reference/rest/v1, countTokens).
/// </summary>
internal sealed class TokenCounts : ITokenCounts
{
    private static readonly HashSet<string> OnVertex = ["contents", "systemInstruction", "tools", "generationConfig"];

    private readonly bool _onVertex;

    private TokenCounts(bool onVertex) => _onVertex = onVertex;

    public static TokenCounts OfStudio { get; } = new(onVertex: false);

    public static TokenCounts OfVertex { get; } = new(onVertex: true);

    public ReadOnlyMemory<byte> Unwrap(ReadOnlyMemory<byte> body)
    {
        var request = new JsonCursor(body).TakeValue();
        var inner = request.Member("generateContentRequest"u8);
        if (!inner.IsPresent) inner = request.Member("generate_content_request"u8);
        return inner.IsObject ? inner.Memory : body;
    }

    public void WriteRequest(ReadOnlyMemory<byte> request, string model, JsonOutput output)
    {
        output.BeginObject();
        if (_onVertex) TopLevelMembers.Copy(request, OnVertex, output);
        else
        {
            output.Name("generateContentRequest"u8);
            output.BeginObject();
            output.Name("model"u8);
            output.Text("models/" + model);
            CopyAll(request, output);
            output.EndObject();
        }
        output.EndObject();
    }

    public long? ReadCount(ReadOnlyMemory<byte> body) => new JsonSlice(body).Member("totalTokens"u8).AsInt64();

    public void WriteCount(long tokens, JsonOutput output)
    {
        output.BeginObject();
        output.Name("totalTokens"u8);
        output.Number(tokens);
        output.EndObject();
    }

    private static void CopyAll(ReadOnlyMemory<byte> request, JsonOutput output)
    {
        var cursor = new JsonCursor(request);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            output.Name(cursor.Name);
            output.Raw(cursor.TakeValue());
        }
    }
}
