using Microsoft.AspNetCore.Http;
using Nano.Panel;
using Nano.State;

namespace Nano.Tests.Panel;

public sealed class UsageReportTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    /// <summary>An allotment is money that is reserved or charged, and no request. One that was returned, and reservations that were excluded, are nothing.</summary>
    [Theory]
    [InlineData(AttemptState.Open, "", null, 0, 0, 7)]
    [InlineData(AttemptState.Presumed, "", "presumed", 0, 7, 0)]
    [InlineData(AttemptState.Released, "", "allotment", null, null, null)]
    [InlineData(AttemptState.Released, "openai", AttemptRow.Refused, null, null, null)]
    [InlineData(AttemptState.Released, "openai", AttemptRow.Unavailable, null, null, null)]
    [InlineData(AttemptState.Released, "openai", "server_error", 1, 0, 0)]
    internal void Only_attempts_count_as_requests(AttemptState state, string provider, string? outcome, int? requests, int? charged, int? reserved)
    {
        var amount = new Amount(7, 5);
        var row = new AttemptRow
        {
            Id = "r|000", Details = new AttemptDetails { Request = "r", Number = 0, StartedAt = Now, Provider = provider, Model = provider }, State = state, Estimate = amount,
            ReservedAt = Now, Charged = state == AttemptState.Presumed ? amount : default,
            Settlement = outcome is null ? null : new Settlement { Actual = default, Outcome = outcome },
        };
        var report = UsageReport.Create("model").Report!;
        if (UsageRange.Read(new QueryCollection(), Now).Range.Includes(row)) report.TryAdd(row).ShouldBeTrue();
        var sum = report.Rows.SingleOrDefault();
        (sum?.Requests, sum?.Attempts, sum?.Charged.NanoUsd, sum?.Reserved.NanoUsd).ShouldBe((requests, requests, charged, reserved));
        sum?.Values.Single().ShouldBe(provider.Length == 0 ? "" : "openai/openai");
    }
}
