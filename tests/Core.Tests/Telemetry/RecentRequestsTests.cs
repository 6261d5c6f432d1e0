using Nano.Chat;
using Nano.Telemetry;

namespace Nano.Tests.Telemetry;

public sealed class RecentRequestsTests
{
    private static UsageRecord Record(int number, RequestOutcome outcome = RequestOutcome.Ok) =>
        new() { RequestId = $"r{number}", Dialect = "openai-chat", Caller = "owner", StartedAt = default, Outcome = outcome };

    private static RecentRequests With(int count)
    {
        var recent = new RecentRequests();
        for (var i = 1; i <= count; i++) recent.Add(Record(i));
        return recent;
    }

    [Theory]
    [InlineData(0, "r1", null)]
    [InlineData(3, "r1", 1L)]
    [InlineData(3, "r3", 3L)]
    [InlineData(3, "r4", null)]
    [InlineData(1000, "r1", 1L)]
    [InlineData(1001, "r1", null)]
    [InlineData(2500, "r1501", 1501L)]
    [InlineData(2500, "r1500", null)]
    public void One_request_is_found_by_its_id_while_it_is_kept(int added, string id, long? number)
    {
        var found = With(added).Find(id);
        found?.Number.ShouldBe(number!.Value);
        found?.Record.RequestId.ShouldBe(id);
        (found is null).ShouldBe(number is null);
    }

    [Fact]
    public void The_newer_of_two_requests_with_one_id_is_found()
    {
        var recent = With(3);
        recent.Add(Record(2));
        recent.Find("r2")!.Value.Number.ShouldBe(4);
    }

    [Theory]
    //          added, after, first, count, missed
    [InlineData(0, 0, 1, 0, 0)]
    [InlineData(3, 0, 1, 3, 0)]
    [InlineData(3, 2, 3, 1, 0)]
    [InlineData(3, 3, 4, 0, 0)]
    // Numbers of another instance, or from before this one started.
    [InlineData(3, 4, 1, 3, 0)]
    [InlineData(3, 99, 1, 3, 0)]
    [InlineData(3, -1, 1, 3, 0)]
    [InlineData(1000, 0, 1, 1000, 0)]
    [InlineData(1001, 0, 2, 1000, 1)]
    [InlineData(2500, 0, 1501, 1000, 1500)]
    [InlineData(2500, 1600, 1601, 900, 0)]
    [InlineData(2500, 1400, 1501, 1000, 100)]
    public void Requests_after_a_number_are_listed_in_order_and_dropped_ones_are_counted(int added, long after, long first, int count, long missed)
    {
        var slice = With(added).Since(after);
        (slice.First, slice.Records.Count, slice.Missed, slice.Last).ShouldBe((first, count, missed, (long)added));
        slice.Records.Select(r => r.RequestId).ShouldBe(Enumerable.Range((int)first, count).Select(i => $"r{i}"));
        slice.Totals.Requests.ShouldBe(added);
    }

    [Fact]
    public void Totals_count_everything_since_the_start()
    {
        var recent = new RecentRequests();
        foreach (var outcome in new[] { RequestOutcome.Ok, RequestOutcome.Ok, RequestOutcome.Failed, RequestOutcome.Broken, RequestOutcome.CallerGone, RequestOutcome.Stopped })
            recent.Add(Record(0, outcome));
        var priced = Record(0);
        (priced.Usage, priced.Cost, priced.Losses) = (new Usage { InputTokens = 10, OutputTokens = 5 }, 0.25m, "dropped=seed");
        recent.Add(priced);
        var absurd = Record(0);
        absurd.Usage = new Usage { InputTokens = long.MaxValue, OutputTokens = -7 };
        recent.Add(absurd);
        var totals = recent.Since(0).Totals;
        (totals.Requests, totals.Ok, totals.Failed, totals.Broken, totals.CallerGone, totals.Stopped).ShouldBe((8, 4, 1, 1, 1, 1));
        (totals.InputTokens, totals.OutputTokens, totals.Cost, totals.WithLosses, totals.UnknownCosts).ShouldBe((10, 5, 0.25m, 1, 3));
    }

    [Fact]
    public async Task Many_at_once_lose_nothing()
    {
        var recent = new RecentRequests();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                recent.Add(Record(i));
                if (i % 50 == 0) recent.Since(0).Records.ShouldAllBe(r => r != null);
            }
        })));
        recent.Since(0).Totals.Requests.ShouldBe(4000);
    }
}
