using System.Buffers;

namespace Nano.Json;

/// <summary>
/// The only place that rents and returns request, event and output buffers. Slices (<see cref="JsonSlice"/>,
/// <see cref="JsonText"/>) borrow from these buffers; with <see cref="PoisonReturned"/> a slice that outlives its
/// buffer reads garbage at once instead of another request's bytes later.
/// </summary>
/// <remarks>
/// Buffers of up to <see cref="LargestShared"/> bytes come from the runtime's shared pool, which may keep a few megabytes. Larger
/// ones come from <see cref="LargeBuffers"/>, which releases its memory, and are counted against a <see cref="BufferBudget"/>.
/// </remarks>
internal static class BufferPool
{
    /// <summary>The largest buffer of the shared pool, in bytes. A longer buffer counts as large.</summary>
    public const int LargestShared = 64 * 1024;

    /// <summary>Overwrites every returned buffer. Set by tests before the first request.</summary>
    internal static bool PoisonReturned { get; set; }

    /// <param name="minimumLength">The buffer may be longer.</param>
    /// <param name="budget">Counts a large buffer until <see cref="Return"/> is called with the same budget; null for no limit.</param>
    /// <exception cref="BufferBudgetException">The budget is spent.</exception>
    public static byte[] Rent(int minimumLength, BufferBudget? budget = null) => minimumLength <= LargestShared
        ? ArrayPool<byte>.Shared.Rent(minimumLength)
        : LargeBuffers.Rent(minimumLength, budget);

    public static void Return(byte[] buffer, BufferBudget? budget = null)
    {
        if (buffer.Length == 0) return;
        if (PoisonReturned) buffer.AsSpan().Fill((byte)'~');
        if (buffer.Length <= LargestShared) ArrayPool<byte>.Shared.Return(buffer);
        else LargeBuffers.Return(buffer, budget);
    }

    /// <summary>Stops counting a buffer that is left to the garbage collector because something may still read from it.</summary>
    public static void Abandon(byte[] buffer, BufferBudget? budget)
    {
        if (buffer.Length > LargestShared) budget?.Give(buffer.Length);
    }
}
