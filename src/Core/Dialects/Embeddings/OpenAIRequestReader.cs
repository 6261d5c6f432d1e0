using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>Reads a caller's request in OpenAI's form, with the members that compatible APIs add: <c>input_type</c>, <c>task</c>, <c>truncate</c>.</summary>
internal static class OpenAIRequestReader
{
    public static EmbeddingRequest Read(ReadOnlyMemory<byte> body)
    {
        JsonSlice input = default;
        JsonSlice dimensions = default, truncate = default, task = default;
        var taskMember = "input_type";
        JsonText format = default, user = default;
        Extras? extras = null;
        var hasNulls = false;
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.IsNull)
            {
                hasNulls = true;
                continue;
            }
            if (cursor.NameIs("model"u8)) cursor.Skip();
            else if (cursor.NameIs("input"u8)) input = cursor.TakeValue();
            else if (cursor.NameIs("encoding_format"u8)) format = cursor.TakeText();
            else if (cursor.NameIs("dimensions"u8)) dimensions = cursor.TakeValue();
            else if (cursor.NameIs("user"u8)) user = cursor.TakeText();
            else if (cursor.NameIs("truncate"u8)) truncate = cursor.TakeValue();
            else if (cursor.NameIs("input_type"u8) || cursor.NameIs("task"u8))
            {
                taskMember = cursor.Name.ToString();
                task = cursor.TakeValue();
            }
            else
            {
                var name = cursor.Name;
                Extras.Add(ref extras, OpenAIEmbeddings.ApiName, name, cursor.TakeValue());
            }
        }
        if (!input.HasValue) throw EmbeddingCalls.Invalid("'input' is missing. Send a text, a list of texts, or token ids.", "input");
        if (format.HasValue && !format.Is("float"u8) && !format.Is("base64"u8)) throw EmbeddingCalls.Invalid("'encoding_format' must be 'float' or 'base64'.", "encoding_format");
        if (dimensions.HasValue && dimensions.AsInt64() is not > 0) throw EmbeddingCalls.Invalid("'dimensions' must be a positive whole number.", "dimensions");
        if (task.HasValue && !task.IsText) throw EmbeddingCalls.Invalid($"'{taskMember}' must be a string.", taskMember);
        var word = task.HasValue ? task.AsText().ToString() : null;
        var cut = Truncation(truncate, ref extras);
        var options = dimensions.HasValue || word is not null || cut is not null
            ? new EmbeddingOptions { Dimensions = dimensions.AsInt64(), Task = EmbeddingTasks.Read(word), TaskMember = taskMember, TaskWord = word, Truncate = cut }
            : EmbeddingOptions.None;
        return new EmbeddingRequest { Inputs = Inputs(input, options), AsBase64 = format.Is("base64"u8), HasNulls = hasNulls, User = user, Extras = extras };
    }

    /// <summary>A boolean at Jina, a string at NVIDIA and Cohere. The end to truncate has no neutral name.</summary>
    private static bool? Truncation(JsonSlice truncate, ref Extras? extras)
    {
        if (!truncate.HasValue) return null;
        if (truncate.AsBoolean() is { } flag) return flag;
        var word = truncate.AsText();
        if (word.Is("END"u8)) return true;
        if (word.Is("NONE"u8)) return false;
        Extras.Add(ref extras, OpenAIEmbeddings.ApiName, JsonText.From("truncate"), truncate);
        return null;
    }

    private static List<EmbeddingInput> Inputs(JsonSlice input, EmbeddingOptions options)
    {
        if (!input.IsArray) return [Input(input, "input", options)];
        var inputs = new List<EmbeddingInput>();
        var cursor = new JsonCursor(input.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var element = cursor.TakeValue();
            // A list of numbers is one input.
            if (element.IsNumber && inputs.Count == 0) return [new EmbeddingInput(options) { Tokens = input, Path = "input" }];
            inputs.Add(Input(element, $"input[{inputs.Count}]", options));
        }
        return inputs.Count > 0 ? inputs : throw EmbeddingCalls.Invalid("'input' is empty.", "input");
    }

    private static EmbeddingInput Input(JsonSlice value, string path, EmbeddingOptions options) =>
        value.IsText ? new EmbeddingInput(options) { Text = value.AsText(), Path = path }
        : value.IsArray ? new EmbeddingInput(options) { Tokens = value, Path = path }
        : value.IsObject ? new EmbeddingInput(options) { Content = value, Path = path }
        : throw EmbeddingCalls.Invalid($"'{path}' must be a text or a list of token ids.", path);
}
