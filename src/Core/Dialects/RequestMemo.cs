namespace Nano.Dialects;

/// <summary>
/// What the writers of a response need from its request, whose bytes are released by then. Each dialect that needs a memo
/// derives its own class.
/// </summary>
internal abstract class RequestMemo;
