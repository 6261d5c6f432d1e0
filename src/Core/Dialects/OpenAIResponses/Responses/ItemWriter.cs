using System.Globalization;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Responses;

/// <summary>Writes items of another dialect's response, whole or as announced in a stream.</summary>
internal sealed class ItemWriter(string seed, JsonOutput output)
{
    /// <summary>
    /// The prefix of reasoning items' ids. It contains the marker of the gateway's own state: a provider that speaks
    /// Responses refuses other providers' reasoning, even without state, so the gateway drops these items there.
    /// </summary>
    public const string Reasoned = "rs__nano0";

    /// <summary>The id of the item at <paramref name="index"/>.</summary>
    public string Id(string prefix, int index) => string.Create(CultureInfo.InvariantCulture, $"{prefix}_{seed}{index}");

    /// <summary>Opens a message up to the inside of its content.</summary>
    public void BeginMessage(int index, bool isDone)
    {
        Begin("message"u8, Id("msg", index));
        Literal("status"u8, isDone ? "completed"u8 : "in_progress"u8);
        Literal("role"u8, "assistant"u8);
        output.Name("content"u8);
        output.BeginArray();
    }

    public void EndMessage()
    {
        output.EndArray();
        output.EndObject();
    }

    /// <param name="annotations">The inside of the list; null if there are none.</param>
    /// <param name="logprobs">The inside of the list; absent if there are none.</param>
    public void TextPart(JsonText text, JsonOutput? annotations, ReadOnlySpan<byte> logprobs = default)
    {
        output.BeginObject();
        Literal("type"u8, "output_text"u8);
        Text("text"u8, text);
        output.Name("annotations"u8);
        output.BeginArray();
        if (annotations is { Length: > 0 }) output.Raw(annotations.WrittenSpan);
        output.EndArray();
        Logprobs(logprobs);
        output.EndObject();
    }

    public void Logprobs(ReadOnlySpan<byte> inside)
    {
        output.Name("logprobs"u8);
        output.BeginArray();
        if (!inside.IsEmpty) output.Raw(inside);
        output.EndArray();
    }

    public void RefusalPart(JsonText text)
    {
        output.BeginObject();
        Literal("type"u8, "refusal"u8);
        Text("refusal"u8, text);
        output.EndObject();
    }

    /// <param name="state">Sealed; absent if there is none.</param>
    public void Reasoning(int index, JsonText text, JsonText state)
    {
        Begin("reasoning"u8, Id(Reasoned, index));
        output.Name("summary"u8);
        output.BeginArray();
        if (text.HasValue) SummaryPart(text);
        output.EndArray();
        if (state.HasValue) Text("encrypted_content"u8, state);
        output.EndObject();
    }

    public void SummaryPart(JsonText text)
    {
        output.BeginObject();
        Literal("type"u8, "summary_text"u8);
        Text("text"u8, text);
        output.EndObject();
    }

    public void Image(int index, MediaPart image, bool isDone)
    {
        Begin("image_generation_call"u8, Id("ig", index));
        Literal("status"u8, isDone ? "completed"u8 : "in_progress"u8);
        output.Name("result"u8);
        if (isDone) output.Text(image.Source.InStandardBase64().Data);
        else output.Null();
        output.EndObject();
    }

    /// <summary>Writes one annotation; positions count from the start of its part, which is at <paramref name="before"/>.</summary>
    public static void Annotation(JsonOutput output, Citation citation, long before)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("url_citation"u8);
        output.Name("url"u8);
        output.Text(citation.Url);
        output.Name("title"u8);
        output.Text(citation.Title);
        output.Name("start_index"u8);
        output.Number(Math.Max(0, (citation.StartIndex ?? before) - before));
        output.Name("end_index"u8);
        output.Number(Math.Max(0, (citation.EndIndex ?? before) - before));
        output.EndObject();
    }

    /// <summary>Opens an item.</summary>
    public void Begin(ReadOnlySpan<byte> type, string id)
    {
        output.BeginObject();
        output.Name("id"u8);
        output.Text(id);
        Literal("type"u8, type);
    }

    private void Literal(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        output.Name(name);
        output.Literal(value);
    }

    private void Text(ReadOnlySpan<byte> name, JsonText value)
    {
        output.Name(name);
        output.Text(value);
    }
}
