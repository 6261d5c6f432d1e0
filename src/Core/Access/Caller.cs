namespace Nano.Access;

/// <summary>Who calls, once it is let in.</summary>
internal sealed class Caller
{
    private Caller()
    {
    }

    /// <summary>Who holds the gateway's key may use everything.</summary>
    public static Caller Owner { get; } = new();
}
