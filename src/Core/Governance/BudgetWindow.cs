using System.Globalization;
using Nano.State;

namespace Nano.Governance;

/// <summary>The windows of budgets: calendar days, weeks (from Monday) and months of a time zone, and all time.</summary>
internal static class BudgetWindow
{
    public const string Total = "total";

    public static readonly IReadOnlyList<string> Names = ["day", "week", "month", Total];

    public static bool IsTimeZone(string name) => name.Length is > 0 and <= 64 && !name.Contains(' ') && TimeZoneInfo.TryFindSystemTimeZoneById(name, out _);

    /// <summary>The window of a budget that contains a moment, as a limit of a scope.</summary>
    public static CounterLimit At(string scope, Budget budget, DateTimeOffset at)
    {
        if (budget.Window == Total) return new CounterLimit(scope, Total, DateTimeOffset.MinValue, null) { MaxNanoUsd = budget.NanoUsd };
        var zone = TimeZoneInfo.FindSystemTimeZoneById(budget.TimeZone);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);
        var (first, next) = budget.Window switch
        {
            "week" => (Monday(today), Monday(today).AddDays(7)),
            "month" => (new DateOnly(today.Year, today.Month, 1), new DateOnly(today.Year, today.Month, 1).AddMonths(1)),
            _ => (today, today.AddDays(1)),
        };
        var name = string.Create(CultureInfo.InvariantCulture, $"{budget.Window}@{budget.TimeZone.Replace('/', '.')}:{first:yyyy-MM-dd}");
        return new CounterLimit(scope, name, Midnight(first, zone), Midnight(next, zone)) { MaxNanoUsd = budget.NanoUsd };
    }

    private static DateOnly Monday(DateOnly day) => day.AddDays(-(((int)day.DayOfWeek + 6) % 7));

    /// <summary>The first moment of a day. Where clocks skip midnight, the day begins at the first time that exists.</summary>
    private static DateTimeOffset Midnight(DateOnly day, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(local)) local = local.AddMinutes(15);
        // If midnight occurs twice, the earlier one.
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset);
    }
}
