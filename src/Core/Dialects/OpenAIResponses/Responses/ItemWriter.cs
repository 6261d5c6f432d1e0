using System.Globalization;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Responses;

/// <summary>Writes items of an answer of another dialect, whole or as a stream announces them.</summary>
internal sealed class ItemWriter(string seed, JsonOutput output)
{
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

    /// <param name="annotations">The inside of the list; null for none.</param>
    public void TextPart(JsonText text, JsonOutput? annotations)
    {
        output.BeginObject();
        Literal("type"u8, "output_text"u8);
        Text("text"u8, text);
        output.Name("annotations"u8);
        output.BeginArray();
        if (annotations is { Length: > 0 }) output.Raw(annotations.WrittenSpan);
        output.EndArray();
        output.Name("logprobs"u8);
        output.BeginArray();
        output.EndArray();
        output.EndObject();
    }

    public void RefusalPart(JsonText text)
    {
        output.BeginObject();
        Literal("type"u8, "refusal"u8);
        Text("refusal"u8, text);
        output.EndObject();
    }

    /// <param name="state">Sealed thoughts of this dialect; absent where there are none.</param>
    public void Reasoning(int index, JsonText text, JsonText state)
    {
        Begin("reasoning"u8, Id("rs", index));
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

    public void Call(int index, JsonText id, JsonText name, in ToolArguments arguments, bool isCustom, bool isDone)
    {
        Begin(isCustom ? "custom_tool_call"u8 : "function_call"u8, Id(isCustom ? "ctc" : "fc", index));
        Literal("status"u8, isDone ? "completed"u8 : "in_progress"u8);
        output.Name("call_id"u8);
        if (id.HasValue) output.Text(id);
        else output.Text(Id("call", index));
        Text("name"u8, name);
        output.Name(isCustom ? "input"u8 : "arguments"u8);
        arguments.WriteEncoded(output);
        output.EndObject();
    }

    public void Image(int index, MediaPart image)
    {
        Begin("image_generation_call"u8, Id("ig", index));
        Literal("status"u8, "completed"u8);
        Text("result"u8, image.Source.Data);
        output.EndObject();
    }

    /// <summary>One annotation; places count from the beginning of the part, which begins at <paramref name="before"/>.</summary>
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

    private void Begin(ReadOnlySpan<byte> type, string id)
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
