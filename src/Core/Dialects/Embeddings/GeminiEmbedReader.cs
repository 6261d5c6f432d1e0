using Nano.Chat;
using Nano.Dialects.Gemini;
using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>Reads callers' <c>embedContent</c> and <c>batchEmbedContents</c>, whose members have two spellings.</summary>
internal static class GeminiEmbedReader
{
    private static readonly MemberName TaskType = new("taskType", 0);
    private static readonly MemberName Dimensions = new("outputDimensionality", 0);
    private static readonly MemberName Truncate = new("autoTruncate", 0);
    private static readonly MemberName Config = new("embedContentConfig", 0);

    public static EmbeddingRequest Read(ReadOnlyMemory<byte> body, bool isBatch)
    {
        var reading = new Reading();
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        if (!isBatch)
        {
            reading.ReadOne(new JsonSlice(body), "content");
            return reading.Request();
        }
        while (cursor.NextMember())
        {
            if (!cursor.NameIs("requests"u8))
            {
                reading.Keep(cursor.Name, cursor.TakeValue());
                continue;
            }
            cursor.EnterArray();
            while (cursor.NextElement()) reading.ReadOne(cursor.TakeValue(), $"requests[{reading.Count}].content");
        }
        return reading.Request();
    }

    /// <summary>Writes the request with <c>models/NAME</c> as the model everywhere.</summary>
    /// <param name="model">The inside of a JSON string.</param>
    public static void WriteWithModel(JsonSlice request, bool isBatch, ReadOnlyMemory<byte> model, JsonOutput output)
    {
        output.BeginObject();
        var cursor = new JsonCursor(request.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var isRequests = isBatch && cursor.NameIs("requests"u8);
            var isModel = !isBatch && cursor.NameIs("model"u8);
            output.Name(cursor.Name);
            var value = cursor.TakeValue();
            if (isRequests && value.IsArray)
            {
                output.BeginArray();
                var requests = new JsonCursor(value.Memory);
                requests.EnterArray();
                while (requests.NextElement()) WriteWithModel(requests.TakeValue(), isBatch: false, model, output);
                output.EndArray();
            }
            else if (isModel)
            {
                output.BeginText();
                output.Append("models/"u8);
                output.Append(model.Span);
                output.EndText();
            }
            else
            {
                output.Raw(value);
            }
        }
        output.EndObject();
    }

    /// <summary>The inputs so far, and the extras. Not shared.</summary>
    private sealed class Reading
    {
        private readonly List<EmbeddingInput> _inputs = [];
        private EmbeddingOptions _options = EmbeddingOptions.None;
        private Extras? _extras;

        public int Count => _inputs.Count;

        public void Keep(JsonText name, JsonSlice value) => Extras.Add(ref _extras, GeminiEmbed.OneName, name, value);

        public EmbeddingRequest Request() => _inputs.Count == 0
            ? throw EmbeddingCalls.Invalid("'requests' is missing or empty.", "requests")
            : new EmbeddingRequest { Inputs = _inputs, Extras = _extras, Names = EmbeddingNames.Gemini };

        public void ReadOne(JsonSlice request, string path)
        {
            JsonSlice content = default;
            var options = new EmbeddingOptions { TaskMember = "taskType" };
            ReadOptions(request, ref content, ref options);
            if (!content.IsObject) throw EmbeddingCalls.Invalid($"'{path}' is missing.", path);
            // Neighbouring inputs with the same options share one instance, so that options are compared once.
            if (options == EmbeddingOptions.None with { TaskMember = "taskType" }) options = EmbeddingOptions.None;
            if (options != _options) _options = options;
            _inputs.Add(Input(content, path, _options));
        }

        private void ReadOptions(JsonSlice request, ref JsonSlice content, ref EmbeddingOptions options)
        {
            var cursor = new JsonCursor(request.Memory);
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                if (cursor.NameIs("model"u8)) cursor.Skip();
                else if (cursor.NameIs("content"u8)) content = cursor.TakeValue();
                else if (Config.IsAt(ref cursor)) ReadOptions(cursor.TakeValue(), ref content, ref options);
                else if (TaskType.IsAt(ref cursor))
                {
                    var word = cursor.TakeText() is { HasValue: true } text ? text.ToString() : null;
                    var task = EmbeddingTasks.Read(word);
                    options = options with { Task = task, TaskWord = task == EmbeddingTask.None ? null : word };
                }
                else if (cursor.NameIs("title"u8)) options = options with { Title = cursor.TakeText() is { HasValue: true } title ? title.ToString() : null };
                else if (Dimensions.IsAt(ref cursor))
                {
                    var value = cursor.TakeValue();
                    if (value.HasValue && value.AsInt64() is not > 0)
                        throw EmbeddingCalls.Invalid("'outputDimensionality' must be a positive whole number.", "outputDimensionality");
                    options = options with { Dimensions = value.AsInt64() };
                }
                else if (Truncate.IsAt(ref cursor)) options = options with { Truncate = cursor.TakeBoolean() };
                else Keep(cursor.Name, cursor.TakeValue());
            }
        }

        /// <summary>One text is a text. Several texts, or media, stay Gemini's own content; texts are joined by line ends for other APIs.</summary>
        private static EmbeddingInput Input(JsonSlice content, string path, EmbeddingOptions options)
        {
            var parts = content.Member("parts"u8);
            var texts = new List<JsonText>();
            var isText = parts.IsArray;
            if (isText)
            {
                var cursor = new JsonCursor(parts.Memory);
                cursor.EnterArray();
                while (cursor.NextElement())
                {
                    var text = cursor.TakeValue().Member("text"u8).AsText();
                    isText &= text.IsPresent;
                    texts.Add(text);
                }
            }
            if (isText && texts.Count == 1) return new EmbeddingInput(options) { Text = texts[0], Path = path };
            return new EmbeddingInput(options) { Text = isText && texts.Count > 0 ? Joined(texts) : default, Content = content, IsGeminiContent = true, Path = path };
        }

        private static JsonText Joined(List<JsonText> texts)
        {
            using var joined = new JsonOutput();
            for (var i = 0; i < texts.Count; i++)
            {
                if (i > 0) joined.Append("\\n"u8);
                joined.Append(texts[i]);
            }
            return new JsonText(joined.WrittenSpan.ToArray());
        }
    }
}
