namespace Nano.Upstream;

/// <summary>
/// One timer for all time limits and keep-alives of the process, ticking once a second while requests are open and not
/// at all otherwise. A request costs two list operations instead of its own timers.
/// </summary>
internal sealed class Heartbeat(TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly long _start = time.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly List<Member> _due = [];
    private Member? _first;
    private ITimer? _timer;
    private bool _ticking;
    private bool _stopped;

    /// <summary>
    /// Milliseconds of a monotonic clock. They count from the start of the process: timestamps count nanoseconds from that of the machine on Linux, and a thousand times
    /// that exceeds 64 bits after 106 days.
    /// </summary>
    public long Now => (long)time.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>Open requests are cut off, and so are new ones.</summary>
    public bool HasStopped => Volatile.Read(ref _stopped);

    public void Add(Member member)
    {
        lock (_lock)
        {
            member.Next = _first;
            if (_first is not null) _first.Previous = member;
            _first = member;
            member.IsListed = true;
            if (_ticking) return;
            _ticking = true;
            _timer ??= time.CreateTimer(static self => ((Heartbeat)self!).Beat(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(Period, Period);
        }
    }

    public void Remove(Member member)
    {
        lock (_lock)
        {
            if (!member.IsListed) return;
            member.IsListed = false;
            if (member.Previous is null) _first = member.Next;
            else member.Previous.Next = member.Next;
            if (member.Next is not null) member.Next.Previous = member.Previous;
            member.Next = member.Previous = null;
        }
    }

    /// <summary>Cuts off every open request; see <see cref="Member.OnStop"/>.</summary>
    public void Stop(bool abort)
    {
        List<Member> open = [];
        lock (_lock)
        {
            // Under the lock: a member is in the list, or sees the flag after it was added.
            Volatile.Write(ref _stopped, true);
            for (var member = _first; member is not null; member = member.Next) open.Add(member);
        }
        foreach (var member in open)
        {
            try
            {
                if (member.IsListed) member.OnStop(abort);
            }
            catch (Exception)
            {
                // As in Tell: the callback of one request must not keep the others open.
            }
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void Beat()
    {
        // A beat that takes longer than the period (a debugger, an overloaded machine) makes the next one skip.
        if (!Monitor.TryEnter(_due)) return;
        try
        {
            var now = Now;
            lock (_lock)
            {
                for (var member = _first; member is not null; member = member.Next)
                    if (member.IsDue(now)) _due.Add(member);
                if (_first is null)
                {
                    _ticking = false;
                    _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                }
            }
            foreach (var member in _due) Tell(member, now);
        }
        finally
        {
            _due.Clear();
            Monitor.Exit(_due);
        }
    }

    private static void Tell(Member member, long now)
    {
        try
        {
            member.OnDue(now);
        }
        catch (Exception)
        {
            // An exception on a timer thread would end the process, and the other due members would not be called. An exception from the callback
            // of one request (of its cancellation, for example) must cause neither.
        }
    }

    /// <summary>A member that is notified at its time. The list owns the links.</summary>
    public abstract class Member
    {
        internal Member? Next { get; set; }

        internal Member? Previous { get; set; }

        internal bool IsListed { get; set; }

        /// <summary>Called under the list's lock: only checks.</summary>
        public abstract bool IsDue(long now);

        /// <summary>Called outside the lock, on a timer thread; the member may have left the list in the meantime. Its exceptions are ignored.</summary>
        public abstract void OnDue(long now);

        /// <summary>Called when the process stops and its time limit has passed.</summary>
        /// <param name="abort">False: end with an error that the caller gets. True: end at once.</param>
        public virtual void OnStop(bool abort) { }
    }
}
