using Nano.Json;

namespace Nano.Dialects.Gemini.Responses;

/// <summary>
/// <c>logprobsResult</c> (<c>vertexai-generatecontent-one-logprobs-86c8a8</c>) and Chat's shape
/// <c>{"content":[{"token","logprob","bytes","top_logprobs"}]}</c>. Gemini sends no bytes.
/// </summary>
internal static class LogprobsCodec
{
    /// <summary>Writes Chat's shape; false, and nothing is written, if there are no log probabilities.</summary>
    public static bool WriteAsChat(JsonSlice result, JsonOutput output)
    {
        var chosen = result.Member("chosenCandidates"u8);
        if (!chosen.IsArray) return false;
        var tops = Elements(result.Member("topCandidates"u8));
        output.BeginObject();
        output.Name("content"u8);
        output.BeginArray();
        var at = 0;
        var cursor = new JsonCursor(chosen.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            output.BeginObject();
            Token(cursor.TakeValue(), output);
            output.Name("top_logprobs"u8);
            output.BeginArray();
            if (at < tops.Count)
            {
                foreach (var alternative in Elements(tops[at].Member("candidates"u8)))
                {
                    output.BeginObject();
                    Token(alternative, output);
                    output.EndObject();
                }
            }
            at++;
            output.EndArray();
            output.EndObject();
        }
        output.EndArray();
        output.EndObject();
        return true;
    }

    /// <summary>Writes the value of <c>logprobsResult</c> from Chat's shape.</summary>
    public static void WriteFromChat(JsonSlice logprobs, JsonOutput output)
    {
        var tokens = Elements(logprobs.Member("content"u8));
        output.BeginObject();
        output.Name("topCandidates"u8);
        output.BeginArray();
        foreach (var token in tokens)
        {
            output.BeginObject();
            output.Name("candidates"u8);
            output.BeginArray();
            foreach (var alternative in Elements(token.Member("top_logprobs"u8))) Candidate(alternative, output);
            output.EndArray();
            output.EndObject();
        }
        output.EndArray();
        output.Name("chosenCandidates"u8);
        output.BeginArray();
        foreach (var token in tokens) Candidate(token, output);
        output.EndArray();
        output.EndObject();
    }

    private static void Token(JsonSlice candidate, JsonOutput output)
    {
        var token = candidate.Member("token"u8).AsText();
        output.Name("token"u8);
        output.Text(token);
        output.Name("logprob"u8);
        var value = candidate.Member("logProbability"u8);
        // The logarithm of a probability of one is zero, which Google omits.
        if (value.IsNumber) output.Raw(value);
        else output.Number(0);
        output.Name("bytes"u8);
        output.Null();
    }

    private static void Candidate(JsonSlice token, JsonOutput output)
    {
        output.BeginObject();
        output.Name("token"u8);
        output.Text(token.Member("token"u8).AsText());
        var value = token.Member("logprob"u8);
        if (value.IsNumber)
        {
            output.Name("logProbability"u8);
            output.Raw(value);
        }
        output.EndObject();
    }

    private static List<JsonSlice> Elements(JsonSlice list)
    {
        var elements = new List<JsonSlice>();
        if (!list.IsArray) return elements;
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) elements.Add(cursor.TakeValue());
        return elements;
    }
}
