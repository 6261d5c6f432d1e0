namespace Nano.Timing;

/// <summary>Points in time on the monotonic clock of a <see cref="TimeProvider"/>.</summary>
internal static class Timestamps
{
    extension(TimeProvider time)
    {
        /// <summary>
        /// The timestamp <paramref name="wait"/> from now; the last one there is if that is later. A time of more than 292 years (a token that never
        /// ends) does not fit the ticks of most machines, and a sum that overflows would be in the past.
        /// </summary>
        public long TimestampAfter(TimeSpan wait)
        {
            var now = time.GetTimestamp();
            // The conversion gives the nearest long where the product does not fit.
            var ticks = (long)(wait.TotalSeconds * time.TimestampFrequency);
            return ticks > long.MaxValue - now ? long.MaxValue : now + ticks;
        }
    }
}
