using System.Runtime.InteropServices;

namespace Nano.Bench.ColdStart;

/// <summary>The kernel's CPU clock of another process, in nanoseconds: /proc counts in hundredths of a second.</summary>
internal static partial class ProcessClock
{
    /// <summary>Milliseconds in user and kernel mode, of all threads that the process ever had.</summary>
    public static double CpuMs(int process)
    {
        // clock_getcpuclockid(3): the complement of the id, shifted, with CPUCLOCK_SCHED.
        if (clock_gettime((~process << 3) | 2, out var time) != 0) throw new InvalidOperationException("The process has no CPU clock.");
        return time.Seconds * 1e3 + time.Nanoseconds / 1e6;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out TimeSpec time);
}
