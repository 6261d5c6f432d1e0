namespace Nano.Routing;

/// <summary>The minimum speed of a stream before it commits: a slow one is given up while another deployment can still replace it.</summary>
/// <param name="EventsPerSecond">Events with content.</param>
/// <param name="Window">How long events are counted, from the first one.</param>
internal sealed record StreamPace(double EventsPerSecond, TimeSpan Window)
{
    /// <summary>With this many events, a stream is never too slow.</summary>
    public int Enough { get; } = Math.Max(1, (int)Math.Ceiling(EventsPerSecond * Window.TotalSeconds));
}
