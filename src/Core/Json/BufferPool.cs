using System.Buffers;

namespace Nano.Json;

/// <summary>
/// The one place where request, event and output buffers are rented and given back. Slices (<see cref="JsonSlice"/>,
/// <see cref="JsonText"/>) borrow from these buffers; with <see cref="PoisonReturned"/> a slice that outlives its
/// buffer reads garbage at once instead of somebody else's bytes some day.
/// </summary>
internal static class BufferPool
{
    /// <summary>Overwrites every buffer that is given back. Set by tests before the first request.</summary>
    internal static bool PoisonReturned { get; set; }

    public static byte[] Rent(int minimumLength) => ArrayPool<byte>.Shared.Rent(minimumLength);

    public static void Return(byte[] buffer)
    {
        if (buffer.Length == 0) return;
        if (PoisonReturned) buffer.AsSpan().Fill((byte)'~');
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
