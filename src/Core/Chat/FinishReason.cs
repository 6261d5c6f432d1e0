namespace Nano.Chat;

/// <summary>Why a choice ended. The provider's own value is sent beside it (<see cref="ChatChoice.NativeFinish"/>).</summary>
public enum FinishReason
{
    /// <summary>Not ended, or the provider gave no reason.</summary>
    None,
    Stop,
    /// <summary>Ended by one of the caller's stop sequences, if the provider reports it (else <see cref="Stop"/>).</summary>
    StopSequence,
    Length,
    ToolCalls,
    /// <summary>A filter of the provider cut or withheld the response.</summary>
    ContentFilter,
    /// <summary>The model refused.</summary>
    Refusal,
    /// <summary>The provider paused a long turn and expects it to be sent back (Anthropic <c>pause_turn</c>).</summary>
    Pause,
    /// <summary>The provider reports a failure of the generation.</summary>
    Error,
    /// <summary>A value that the gateway does not know.</summary>
    Other,
}
