using Microsoft.Extensions.Time.Testing;
using Nano.Upstream;

namespace Nano.Tests.Upstream;

public sealed class MemoryReleaseTests
{
    private readonly FakeTimeProvider _time = new();
    private long _made;
    private int _collections;

    [Fact]
    public void Memory_is_released_some_quiet_time_after_large_buffers_and_again_for_buffers_still_held()
    {
        using var heartbeat = new Heartbeat(_time);
        var release = Release(heartbeat);
        _made = 100_000_000;
        release.AfterRequest();
        Pass(10);
        _collections.ShouldBe(0);
        // A small request in the meantime has no effect.
        release.AfterRequest();
        Pass(10);
        _collections.ShouldBe(1);
        // Buffers that were still in use then.
        Pass(36);
        _collections.ShouldBe(2);
        Pass(80);
        _collections.ShouldBe(2);
        Pass(45);
        _collections.ShouldBe(3);
        Pass(305);
        _collections.ShouldBe(4);
        Pass(1000);
        _collections.ShouldBe(4);
    }

    [Fact]
    public void New_large_buffers_delay_it_and_a_later_load_starts_it_again()
    {
        using var heartbeat = new Heartbeat(_time);
        var release = Release(heartbeat);
        for (var i = 0; i < 10; i++)
        {
            _made += 10_000_000;
            release.AfterRequest();
            Pass(10);
        }
        _collections.ShouldBe(0);
        Pass(10);
        _collections.ShouldBe(1);
        _made += 10_000_000;
        release.AfterRequest();
        Pass(20);
        _collections.ShouldBe(2, "the second of the first load is put off, too");
        Pass(100);
        _collections.ShouldBe(3);
    }

    [Fact]
    public void Few_bytes_cause_no_collection()
    {
        using var heartbeat = new Heartbeat(_time);
        var release = Release(heartbeat);
        _made = MemoryRelease.Worthwhile - 1;
        release.AfterRequest();
        Pass(100);
        _collections.ShouldBe(0);
    }

    private MemoryRelease Release(Heartbeat heartbeat) => new(heartbeat, () => _made, () =>
    {
        _made = 0;
        _collections++;
    });

    private void Pass(int seconds)
    {
        for (var i = 0; i < seconds; i++) _time.Advance(TimeSpan.FromSeconds(1));
    }
}
