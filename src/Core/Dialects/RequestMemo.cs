namespace Nano.Dialects;

/// <summary>
/// What the writers of a response must know of the request that it responds to, whose bytes are gone by then. A dialect that needs
/// one has a kind of its own.
/// </summary>
internal abstract class RequestMemo;
