using Nano.Chat;
using Nano.Dialects.OpenAIChat.Requests;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>Writes the calls of a chunk: one object per call, which stays open at its arguments until another call or the chunk's end.</summary>
/// <param name="seed">Seed of the ids for calls without one (<c>ResponseContext.FallbackId</c>).</param>
internal sealed class ChunkCalls(string seed, JsonOutput output)
{
    // The call whose arguments are being written; -1 for none.
    private int _open = -1;

    /// <param name="item">A <see cref="ChatEventKind.ToolCallStart"/>.</param>
    /// <param name="index">The call's index in its choice.</param>
    public void Begin(in ChatEvent item, int choice, int index)
    {
        End();
        output.BeginObject();
        output.Name("index"u8);
        output.Number(index);
        output.Name("id"u8);
        if (item.Id.HasValue) output.Text(item.Id);
        else output.Text(CallIds.Make(seed, choice, index));
        output.Name("type"u8);
        output.Literal(ToolCallWriter.KindOf(item.IsCustom));
        if (item.Signature.HasValue) ToolCallWriter.Signature(output, item.Signature);
        output.Name(ToolCallWriter.KindOf(item.IsCustom));
        output.BeginObject();
        output.Name("name"u8);
        output.Text(item.Name);
        output.Name(ToolCallWriter.ArgumentsOf(item.IsCustom));
        output.BeginText();
        _open = index;
    }

    /// <summary>Continues the arguments of a call that an earlier chunk began.</summary>
    public void Continue(int index, bool isCustom)
    {
        if (_open == index) return;
        End();
        output.BeginObject();
        output.Name("index"u8);
        output.Number(index);
        output.Name(ToolCallWriter.KindOf(isCustom));
        output.BeginObject();
        output.Name(ToolCallWriter.ArgumentsOf(isCustom));
        output.BeginText();
        _open = index;
    }

    /// <summary>Begins a call in the older form: a single call, without an index or id.</summary>
    public void BeginFunction(JsonText name)
    {
        output.BeginObject();
        output.Name("name"u8);
        output.Text(name);
        output.Name("arguments"u8);
        output.BeginText();
        _open = 0;
    }

    /// <inheritdoc cref="Continue"/>
    public void ContinueFunction()
    {
        if (_open >= 0) return;
        output.BeginObject();
        output.Name("arguments"u8);
        output.BeginText();
        _open = 0;
    }

    /// <summary>Appends a piece of arguments to the open call.</summary>
    public void Append(in ChatEvent item)
    {
        if (item.Json.HasValue) output.AppendUtf8(item.Json.Span);
        else output.Append(item.Text);
    }

    public void End()
    {
        if (_open < 0) return;
        output.EndText();
        output.EndObject();
        output.EndObject();
        _open = -1;
    }

    public void EndFunction()
    {
        output.EndText();
        output.EndObject();
        _open = -1;
    }
}
