using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>Writes other dialects' parts in Gemini's form, in requests and responses.</summary>
internal static class ForeignParts
{
    /// <param name="signature">Absent if there is none; the same applies below.</param>
    public static void WriteText(JsonText text, JsonText signature, JsonOutput output)
    {
        output.BeginObject();
        output.Name("text"u8);
        output.Text(text);
        OwnParts.WriteSignature(signature, 0, output);
        output.EndObject();
    }

    public static void WriteThought(JsonText text, JsonText signature, JsonOutput output)
    {
        output.BeginObject();
        output.Name("text"u8);
        output.Text(text);
        output.Name("thought"u8);
        output.Boolean(true);
        OwnParts.WriteSignature(signature, 0, output);
        output.EndObject();
    }

    /// <summary>False if the arguments are not a JSON object and were written as text.</summary>
    public static bool WriteCall(ToolCallPart call, JsonText signature, JsonOutput output, bool withId = true)
    {
        output.BeginObject();
        output.Name("functionCall"u8);
        output.BeginObject();
        if (withId && call.Id.HasValue)
        {
            output.Name("id"u8);
            output.Text(call.Id);
        }
        output.Name("name"u8);
        output.Text(Shared.ToolNames.InHistoryOfGemini(call.Name));
        output.Name("args"u8);
        var good = call.Arguments.WriteObject(output);
        output.EndObject();
        OwnParts.WriteSignature(signature, 0, output);
        output.EndObject();
        return good;
    }

    /// <summary>Writes data inline, and an address (http, gs:// or the Files API's) as <c>fileData</c>.</summary>
    public static void WriteMedia(MediaPart media, JsonOutput output)
    {
        var inline = media.Source.Data.IsPresent;
        output.BeginObject();
        output.Name(inline ? "inlineData"u8 : "fileData"u8);
        output.BeginObject();
        output.Name("mimeType"u8);
        MediaTypes.WriteType(media, output);
        if (inline)
        {
            output.Name("data"u8);
            output.Text(media.Source.Data);
        }
        else
        {
            output.Name("fileUri"u8);
            WriteUri(media.Source, output);
        }
        output.EndObject();
        output.EndObject();
    }

    /// <summary>Whether Gemini can read this source.</summary>
    public static bool CanWrite(MediaSource source, in ModelGeneration model) =>
        source.Data.HasValue || (source.Url.HasValue && !source.Url.StartsWith("data:"u8))
        || (IsFile(source.FileId) && !(model.IsOnVertex && source.FileId.StartsWith("files/"u8)));

    /// <summary>A file of Gemini's own Files API: its name (<c>files/abc</c>) or its address.</summary>
    private static bool IsFile(JsonText id) => id.StartsWith("files/"u8) || id.StartsWith("https://"u8) || id.StartsWith("gs://"u8);

    private static void WriteUri(MediaSource source, JsonOutput output)
    {
        if (source.Url.IsPresent)
        {
            output.Text(source.Url);
            return;
        }
        output.BeginText();
        if (source.FileId.StartsWith("files/"u8)) output.Append("https://generativelanguage.googleapis.com/v1beta/"u8);
        output.Append(source.FileId);
        output.EndText();
    }
}
