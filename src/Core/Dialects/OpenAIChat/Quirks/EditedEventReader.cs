using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>Reads the streamed response of a provider with quirks: each event is edited first.</summary>
internal sealed class EditedEventReader(IEventEdit edit, IEventReader reader) : IEventReader
{
    private readonly JsonOutput _edited = new();

    public bool IsComplete => reader.IsComplete;

    public void Read(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, IChatEventSink sink)
    {
        _edited.Clear();
        reader.Read(type, edit.TryEdit(data, _edited) ? _edited.Written : data, sink);
        // Sinks keep no slices, so no buffer is needed between events.
        _edited.Release();
    }
}
