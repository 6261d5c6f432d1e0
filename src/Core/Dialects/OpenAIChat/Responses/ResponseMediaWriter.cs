using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Responses;

/// <summary>Writes images and sound of responses, whole or in a stream's delta.</summary>
internal static class ResponseMediaWriter
{
    /// <summary>An element of <c>images</c>, in the form that OpenRouter made customary.</summary>
    public static void Image(JsonOutput output, MediaPart image, int index)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("image_url"u8);
        output.Name("index"u8);
        output.Number(index);
        output.Name("image_url"u8);
        output.BeginObject();
        output.Name("url"u8);
        MediaTypes.WriteUrl(output, image.Source, "image/png"u8);
        output.EndObject();
        output.EndObject();
    }

    /// <summary>OpenAI's <c>audio</c> object. Its id names nothing that could be asked for again.</summary>
    public static void Audio(JsonOutput output, MediaPart audio, string id)
    {
        output.BeginObject();
        output.Name("id"u8);
        output.Text($"audio_{id}");
        output.Name("data"u8);
        output.Text(audio.Source.Data);
        output.Name("expires_at"u8);
        output.Number(0);
        output.Name("transcript"u8);
        output.Text(audio.Transcript);
        output.EndObject();
    }
}
