using System.Buffers;

namespace Nano.Json;

/// <summary>
/// The one place where request, event and output buffers are rented and given back. Slices (<see cref="JsonSlice"/>,
/// <see cref="JsonText"/>) borrow from these buffers; with <see cref="PoisonReturned"/> a slice that outlives its
/// buffer reads garbage at once instead of someone else's bytes some day.
/// </summary>
/// <remarks>
/// Up to <see cref="LargestShared"/> bytes come from the shared pool of the runtime, which may keep a few megabytes for good. Larger
/// ones come from <see cref="LargeBuffers"/>, which gives its memory back, and are counted against a <see cref="BufferBudget"/>.
/// </remarks>
internal static class BufferPool
{
    /// <summary>The largest buffer of the shared pool. A buffer that is longer is a large one.</summary>
    public const int LargestShared = 64 * 1024;

    /// <summary>Overwrites every buffer that is given back. Set by tests before the first request.</summary>
    internal static bool PoisonReturned { get; set; }

    /// <param name="minimumLength">The buffer may be longer.</param>
    /// <param name="budget">Counts a large buffer until <see cref="Return"/> is called with the same budget; null for none.</param>
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

    /// <summary>Ends the counting of a buffer that is left to the garbage collector, because something may still read from it.</summary>
    public static void Abandon(byte[] buffer, BufferBudget? budget)
    {
        if (buffer.Length > LargestShared) budget?.Give(buffer.Length);
    }
}
