using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Nano.Errors;
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

    /// <summary>The time zone of a plus that is not escaped arrives as a space.</summary>
    [Theory]
    [InlineData("2026-11-30", "2026-11-30T00:00:00Z")]
    [InlineData("2026-11-30T12:00", "2026-11-30T12:00:00Z")]
    [InlineData("2026-11-30T12:00Z", "2026-11-30T12:00:00Z")]
    [InlineData("2026-11-30T12:00:01.25Z", "2026-11-30T12:00:01.25Z")]
    [InlineData("2026-11-30T12:00:01.123456789Z", "2026-11-30T12:00:01.1234567Z")]
    [InlineData("2026-11-30t12:00:01z", "2026-11-30T12:00:01Z")]
    [InlineData("2026-11-30T00:00:00+02:00", "2026-11-29T22:00:00Z")]
    [InlineData("2026-11-30T00:00%2B02:00", "2026-11-29T22:00:00Z")]
    [InlineData("2026-11-30T00:00:00-02:00", "2026-11-30T02:00:00Z")]
    [InlineData("01/12/2026", null)]
    [InlineData("12:00", null)]
    [InlineData("2026-11", null)]
    [InlineData("2026-11-30%2012:00", null)]
    [InlineData("2026-11-30%2012:00:00", null)]
    [InlineData("30 Nov 2026", null)]
    public void A_report_begins_at_a_date_or_a_time_in_ISO_8601(string from, string? expected)
    {
        var (range, wrong) = Read("from=" + from);
        wrong?.Param.ShouldBe("from");
        (wrong is null ? range.From : (DateTimeOffset?)null)
            .ShouldBe(expected is null ? (DateTimeOffset?)null : DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("team=web&team=shop", "team")]
    [InlineData("tag:app=a&tag:app=b", "tag:app")]
    [InlineData("from=2026-11-01&from=2026-12-01", "from")]
    [InlineData("organization=a&organization=b", "organization")]
    [InlineData("group_by=team&group_by=key&team=web", null)]
    public void A_filter_has_one_value(string query, string? refused)
    {
        var wrong = Read(query).Error;
        (wrong?.Param, wrong?.Code).ShouldBe((refused, refused is null ? null : "duplicate_member"));
    }

    private static (UsageRange Range, GatewayError? Error) Read(string query) => UsageRange.Read(new QueryCollection(QueryHelpers.ParseQuery(query)), Now, "group_by");
}
