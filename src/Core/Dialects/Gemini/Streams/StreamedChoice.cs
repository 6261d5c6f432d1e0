using Nano.Json;

namespace Nano.Dialects.Gemini.Streams;

/// <summary>The state of one choice of the stream.</summary>
internal sealed class StreamedChoice(int index)
{
    public int Index { get; } = index;

    public int Calls { get; set; }

    /// <summary>It has a finish reason; parts may still follow.</summary>
    public bool IsFinished { get; set; }

    /// <summary>The call whose arguments are still arriving.</summary>
    public PartialCall? Open { get; set; }

    /// <summary>All text was plain ASCII, so that Google's byte positions equal UTF-16 positions.</summary>
    public bool Ascii { get; private set; } = true;

    public void Saw(JsonText text)
    {
        if (Ascii && (!System.Text.Ascii.IsValid(text.Span) || text.Span.IndexOf("\\u"u8) >= 0)) Ascii = false;
    }
}
