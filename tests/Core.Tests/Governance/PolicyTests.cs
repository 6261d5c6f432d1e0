using Nano.Governance;
using Nano.State;

namespace Nano.Tests.Governance;

public sealed class PolicyTests
{
    [Theory]
    [InlineData("openai/*", "openai/gpt-4o", true)]
    [InlineData("openai/*", "openai/", true)]
    [InlineData("openai/*", "azure/gpt-4o", false)]
    [InlineData("*", "anything/at/all", true)]
    [InlineData("*/gpt-4o", "azure/gpt-4o", true)]
    [InlineData("*/gpt-4o", "azure/gpt-4o-mini", false)]
    [InlineData("openai/gpt-*-mini*", "openai/gpt-4o-mini-2024-07-18", true)]
    [InlineData("openai/gpt-*-mini*", "openai/gpt-4o", false)]
    [InlineData("nano/echo", "nano/echo", true)]
    [InlineData("nano/echo", "nano/Echo", false)]
    [InlineData("nano/ech?", "nano/echo", false)]
    [InlineData("", "nano/echo", false)]
    public void Patterns_match_whole_names(string pattern, string model, bool matches) => ModelPattern.Matches(pattern, model).ShouldBe(matches);

    [Fact]
    public void A_pattern_of_many_stars_takes_no_time() =>
        ModelPattern.Matches(string.Concat(Enumerable.Repeat("*a", 100)), new string('a', 256) + "b").ShouldBeFalse();

    [Theory]
    // A day in Berlin ends at 23:00 UTC in winter and at 22:00 in summer.
    [InlineData("day", "Europe/Berlin", "2026-11-30T22:59:59Z", "2026-11-29T23:00:00Z", "2026-11-30T23:00:00Z")]
    [InlineData("day", "Europe/Berlin", "2026-11-30T23:00:00Z", "2026-11-30T23:00:00Z", "2026-12-01T23:00:00Z")]
    [InlineData("day", "UTC", "2026-11-30T23:00:00Z", "2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z")]
    // The day on which clocks go back has 25 hours, the one on which they go forward 23.
    [InlineData("day", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")]
    [InlineData("day", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")]
    // Weeks begin on Monday.
    [InlineData("week", "UTC", "2026-11-29T12:00:00Z", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z")]
    [InlineData("week", "UTC", "2026-11-30T00:00:00Z", "2026-11-30T00:00:00Z", "2026-12-07T00:00:00Z")]
    [InlineData("month", "America/New_York", "2026-12-01T04:59:59Z", "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z")]
    [InlineData("month", "UTC", "2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z")]
    // Midnight does not exist on this day (clocks go from 23:59 to 01:00).
    [InlineData("day", "Asia/Beirut", "2026-03-29T12:00:00Z", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z")]
    // Midnight occurs twice on this day (clocks go from 01:00 back to 00:00): it begins with the first one.
    [InlineData("day", "Atlantic/Azores", "2026-10-25T12:00:00Z", "2026-10-25T00:00:00Z", "2026-10-26T01:00:00Z")]
    [InlineData("day", "Atlantic/Azores", "2026-10-24T23:59:59Z", "2026-10-24T00:00:00Z", "2026-10-25T00:00:00Z")]
    [InlineData("month", "UTC", "2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z")]
    [InlineData("week", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-18T22:00:00Z", "2026-10-25T23:00:00Z")]
    public void Windows_are_calendar_days_weeks_and_months_of_a_time_zone(string window, string zone, string at, string start, string end)
    {
        var limit = BudgetWindow.At("key:k", new Budget(1, window, zone), DateTimeOffset.Parse(at));
        (limit.Start.UtcDateTime, limit.End!.Value.UtcDateTime).ShouldBe((DateTimeOffset.Parse(start).UtcDateTime, DateTimeOffset.Parse(end).UtcDateTime));
        BudgetWindow.At("key:k", new Budget(1, window, zone), limit.Start).Key.ShouldBe(limit.Key);
        BudgetWindow.At("key:k", new Budget(1, window, zone), limit.End.Value.AddTicks(-1)).Key.ShouldBe(limit.Key);
        BudgetWindow.At("key:k", new Budget(1, window, zone), limit.End.Value).Key.ShouldNotBe(limit.Key);
    }

    [Fact]
    public void A_counter_has_the_name_of_its_window_and_the_amount_of_its_budget()
    {
        var at = DateTimeOffset.Parse("2026-11-30T22:59:59Z");
        var week = BudgetWindow.At("key:k", new Budget(7, "week", "Europe/Berlin"), at);
        (week.Key, week.MaxNanoUsd).ShouldBe(("c|key:k|week@Europe.Berlin:2026-11-30", 7L));
        BudgetWindow.At("key:k", new Budget(7, "month", "UTC"), at).Window.ShouldBe("month@UTC:2026-11-01");
        var total = BudgetWindow.At("key:k", new Budget(7, "total", "UTC"), at);
        (total.Key, total.MaxNanoUsd, total.Start, total.End).ShouldBe(("c|key:k|total", 7L, DateTimeOffset.MinValue, (DateTimeOffset?)null));
    }

    [Theory]
    [InlineData("Europe/Berlin", true)]
    [InlineData("UTC", true)]
    [InlineData("", false)]
    [InlineData("Europe/Nowhere", false)]
    [InlineData("Eastern Standard Time", false)]
    public void A_time_zone_has_a_name_of_IANA(string name, bool isZone) => BudgetWindow.IsTimeZone(name).ShouldBe(isZone);

    [Theory]
    [InlineData("""{"max_tokens":100}""", null, 5000L, 100)]
    [InlineData("""{"max_completion_tokens":100,"n":3}""", null, 5000L, 300)]
    [InlineData("""{"max_output_tokens":7}""", null, null, 7)]
    [InlineData("""{"generationConfig":{"maxOutputTokens":9,"candidateCount":2}}""", null, null, 18)]
    [InlineData("""{"messages":[{"max_tokens":1}]}""", null, 5000L, 5000)]
    [InlineData("""{}""", 300L, 5000L, 300)]
    [InlineData("""{}""", 300L, 200L, 200)]
    [InlineData("""{}""", null, null, 4096)]
    [InlineData("""{"max_tokens":-1,"n":-5}""", null, 5000L, 5000)]
    [InlineData("""{"max_tokens":1e300,"n":1000000}""", null, 10L, 1280)]
    public void The_output_is_limited_by_the_request_else_by_the_policy_else_by_the_model(string body, long? policy, long? model, long output) =>
        SizeOf(body).Estimate(policy, model).Output.ShouldBe(output);

    [Fact]
    public void Encoded_media_count_as_media_and_not_as_text()
    {
        var image = Convert.ToBase64String(new byte[1024 * 1024]);
        SizeOf($$"""{"url":"data:image/png;base64,{{image}}"}""").Input.ShouldBeLessThan(3000);
        SizeOf($$"""{"text":"{{string.Concat(Enumerable.Repeat("some words ", 10_000))}}"}""").Input.ShouldBeInRange(20_000, 40_000);
    }

    [Theory]
    [InlineData("app=shop", "app=fraud,env=test", "app=shop\nenv=test")]
    [InlineData(null, "a=1, b = 2 ,c", "a=1")]
    [InlineData(null, "=,,==,a b=c", null)]
    [InlineData("app=shop", null, "app=shop")]
    public void Tags_of_a_request_join_those_of_the_key(string? own, string? header, string? joined) => RequestTags.Join(own, header).ShouldBe(joined);

    private static RequestSize SizeOf(string body) => RequestSize.Of(System.Text.Encoding.UTF8.GetBytes(body));
}
