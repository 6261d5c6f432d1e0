using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Nano.Access;

/// <summary>
/// Slows who tries keys at the sign-in, by address (IPv6 by /64, which is what one customer has). A few mistakes are free;
/// then each one doubles the wait. On this instance only. Thread safe, bounded.
/// </summary>
internal sealed class SignInThrottle(TimeProvider time)
{
    internal const int Capacity = 4096;
    internal const int FreeFailures = 5;

    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    /// <summary>Longer than the longest wait.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(15);

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, (int Failures, long Last)> _failures = [];

    public int Count
    {
        get { lock (_lock) return _failures.Count; }
    }

    /// <summary>How long this address has to wait before its next attempt is looked at; null when it need not.</summary>
    public TimeSpan? Wait(IPAddress? address)
    {
        lock (_lock)
        {
            if (!_failures.TryGetValue(KeyOf(address), out var known) || known.Failures < FreeFailures) return null;
            var left = WaitAfter(known.Failures) - time.GetElapsedTime(known.Last);
            return left > TimeSpan.Zero ? left : null;
        }
    }

    public void Fail(IPAddress? address)
    {
        var key = KeyOf(address);
        lock (_lock)
        {
            var known = _failures.TryGetValue(key, out var before);
            if (!known && _failures.Count >= Capacity) Forget();
            var count = known && time.GetElapsedTime(before.Last) < Forgotten ? before.Failures + 1 : 1;
            _failures[key] = (count, time.GetTimestamp());
        }
    }

    public void Succeed(IPAddress? address)
    {
        lock (_lock) _failures.Remove(KeyOf(address));
    }

    private static TimeSpan WaitAfter(int failures)
    {
        var doublings = failures - FreeFailures;
        return doublings >= 10 || FirstWait * (1 << doublings) > LongestWait ? LongestWait : FirstWait * (1 << doublings);
    }

    /// <summary>Whoever's failures are forgotten; else the one who failed longest ago.</summary>
    private void Forget()
    {
        var oldest = (Key: default(UInt128), Last: long.MaxValue);
        foreach (var (key, (_, last)) in _failures)
        {
            if (time.GetElapsedTime(last) >= Forgotten) _failures.Remove(key);
            else if (last < oldest.Last) oldest = (key, last);
        }
        if (_failures.Count >= Capacity) _failures.Remove(oldest.Key);
    }

    private static UInt128 KeyOf(IPAddress? address)
    {
        if (address is null) return default;
        Span<byte> bytes = stackalloc byte[16];
        (address.AddressFamily == AddressFamily.InterNetwork ? address.MapToIPv6() : address).TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv4MappedToIPv6) bytes[8..].Clear();
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
