namespace Nano.Routing;

/// <summary>How fast a stream must be before it commits: a slow one is given up while another deployment can still take its place.</summary>
/// <param name="EventsPerSecond">Events with content.</param>
/// <param name="Window">How long they are counted, from the first one.</param>
internal sealed record StreamPace(double EventsPerSecond, TimeSpan Window)
{
    /// <summary>So many events are enough at any time.</summary>
    public int Enough { get; } = Math.Max(1, (int)Math.Ceiling(EventsPerSecond * Window.TotalSeconds));
}
