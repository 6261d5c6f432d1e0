using System.Runtime.InteropServices;

namespace Nano.Testing;

/// <summary>
/// The cost of work on a machine that may be busy with other work: the processor time of the thread that does it, which is independent
/// of other threads and processes.
/// </summary>
public static partial class CpuTime
{
    private const int LinuxThreadClock = 3;
    private const int MacThreadClock = 16;

    /// <summary>Runs synchronous work on this thread.</summary>
    public static TimeSpan Of(Action work)
    {
        var before = OfThisThread();
        work();
        return OfThisThread() - before;
    }

    private static TimeSpan OfThisThread()
    {
        if (OperatingSystem.IsWindows())
            return GetThreadTimes(GetCurrentThread(), out _, out _, out var kernel, out var user) ? TimeSpan.FromTicks(kernel + user)
                : throw new InvalidOperationException("GetThreadTimes failed.");
        return ClockGetTime(OperatingSystem.IsMacOS() ? MacThreadClock : LinuxThreadClock, out var time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000)
            : throw new InvalidOperationException("clock_gettime failed.");
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out UnixTime time);

    [LibraryImport("kernel32")]
    private static partial nint GetCurrentThread();

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetThreadTimes(nint thread, out long created, out long ended, out long kernel, out long user);

    [StructLayout(LayoutKind.Sequential)]
    private struct UnixTime
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
