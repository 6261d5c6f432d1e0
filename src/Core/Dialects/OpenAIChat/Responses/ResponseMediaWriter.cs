using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Responses;

/// <summary>Writes images and audio of responses, whole or in a stream's delta.</summary>
internal static class ResponseMediaWriter
{
    /// <summary>Writes an element of <c>images</c>, in OpenRouter's form.</summary>
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

    /// <summary>Writes OpenAI's <c>audio</c> object. Its id cannot be used in a later request.</summary>
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
