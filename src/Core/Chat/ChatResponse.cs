using Nano.Json;

namespace Nano.Chat;

/// <summary>A whole response. Every leaf is a slice of the provider's body.</summary>
internal sealed class ChatResponse(string origin)
{
    /// <summary>The dialect it was read from.</summary>
    public string Origin { get; } = origin;

    public JsonText Id { get; set; }

    /// <summary>The model that the provider reports.</summary>
    public JsonText Model { get; set; }

    /// <summary>Unix seconds, if the provider reports it.</summary>
    public JsonSlice Created { get; set; }

    public List<ChatChoice> Choices { get; } = [];

    public Usage? Usage { get; set; }

    /// <summary>
    /// An error sent with status 200 (Azure, OpenRouter). When it is set, ignore all other members.
    /// </summary>
    public Errors.GatewayError? Error { get; set; }

    /// <inheritdoc cref="ChatMessage.Form"/>
    public int Form { get; set; }

    public Extras? Extras { get; set; }
}

internal sealed class ChatChoice(int index, ChatMessage message)
{
    public int Index { get; } = index;

    public ChatMessage Message { get; } = message;

    public FinishReason Finish { get; set; }

    /// <summary>The provider's own value for <see cref="Finish"/>.</summary>
    public JsonText NativeFinish { get; set; }

    /// <summary>The stop sequence, if the provider reports it.</summary>
    public JsonText StopSequence { get; set; }

    /// <summary>Log probabilities in Chat's shape (<c>{"content":[...]}</c>).</summary>
    public JsonSlice Logprobs { get; set; }

    /// <inheritdoc cref="ChatMessage.Form"/>
    public int Form { get; set; }

    public Extras? Extras { get; set; }
}
