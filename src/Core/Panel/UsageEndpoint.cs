using System.Globalization;
using Microsoft.AspNetCore.Http;
using Nano.Errors;
using Nano.Json;
using Nano.State;

namespace Nano.Panel;

/// <summary><c>GET /api/usage</c>: sums over the ledger of all instances; <c>GET /api/usage/{request-id}</c>: one exchange with its attempts.</summary>
internal sealed class UsageEndpoint(PanelGate gate, StateStore store, TimeProvider time)
{
    public Task ReportAsync(HttpContext context)
    {
        var isCsv = context.Request.Query["format"].ToString() == "csv";
        return StateErrors.ServeAsync(gate, store, context, output => ReportAsync(context, isCsv, output), contentType: isCsv ? "text/csv; charset=utf-8" : "application/json");
    }

    /// <param name="id">The <c>x-request-id</c> of a response.</param>
    public Task FindAsync(HttpContext context, string id) => StateErrors.ServeAsync(gate, store, context, async output =>
    {
        if (id.Length == SortableId.Length && id.All(char.IsAsciiLetterOrDigit))
        {
            foreach (var organization in await store.Keys.ListOrganizationsAsync(context.RequestAborted))
            {
                var attempts = await store.Ledger.FindAsync(StateKeys.Organization(organization), id, context.RequestAborted);
                if (attempts.Count == 0) continue;
                UsageWriter.WriteRequest(attempts, output);
                return null;
            }
        }
        return new GatewayError(GatewayErrorKind.NotFound, 404, "The ledger has no request with this id. It keeps requests with a virtual key.") { Code = "request_not_found" };
    });

    private async ValueTask<GatewayError?> ReportAsync(HttpContext context, bool isCsv, JsonOutput output)
    {
        var query = context.Request.Query;
        var now = time.GetUtcNow();
        var (from, to) = (new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero), now.AddMinutes(1));
        if (Moment("from", ref from) is { } wrongFrom) return wrongFrom;
        if (Moment("to", ref to) is { } wrongTo) return wrongTo;
        if (query["format"].ToString() is not ("" or "json" or "csv")) return GatewayError.Invalid("'format' must be json or csv.", "format");
        var (report, unknown) = UsageReport.Create(query["group_by"].ToString());
        if (unknown is not null) return unknown;
        foreach (var name in UsageReport.Filters)
            if (query[name].ToString() is { Length: > 0 } wanted) report!.Filter(name, wanted);
        var only = query["organization"].ToString();
        foreach (var organization in await store.Keys.ListOrganizationsAsync(context.RequestAborted))
        {
            if (only.Length > 0 && only != organization) continue;
            await foreach (var attempt in store.Ledger.ReadAsync(StateKeys.Organization(organization), from, to, context.RequestAborted))
                if (!report!.TryAdd(attempt)) return GatewayError.Invalid($"The report has more than {UsageReport.MaxGroups} rows. Group by fewer columns, or choose a shorter time.", "group_by");
        }
        if (isCsv) UsageWriter.WriteCsv(report!, output);
        else UsageWriter.WriteReport(report!, from, to, output);
        return null;

        GatewayError? Moment(string name, ref DateTimeOffset moment) =>
            query[name].ToString() is not { Length: > 0 } text || DateTimeOffset.TryParse(text.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out moment)
                ? null
                : GatewayError.Invalid($"'{name}' must be a date or a time in ISO 8601, such as 2026-11-30 or 2026-11-30T12:00:00Z.", name);
    }
}
