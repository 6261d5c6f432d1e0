using Microsoft.AspNetCore.Http;
using Nano.Errors;
using Nano.Json;
using Nano.Pipeline;
using Nano.Routing;
using Nano.State;

namespace Nano.Panel;

/// <summary><c>GET /api/usage</c>: sums over the ledger of all instances; <c>GET /api/usage/{request-id}</c>: one exchange with its attempts; all attempts as lines, and sums with
/// other prices.</summary>
internal sealed class UsageEndpoint(PanelGate gate, StateStore store, Router router, TimeProvider time)
{
    private const string LineType = "application/x-ndjson";
    private const int ExportChunk = 64 * 1024;

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
                var rows = await store.Ledger.FindAsync(StateKeys.Organization(organization), id, context.RequestAborted);
                var attempts = rows.Where(row => !row.IsExcluded).ToList();
                if (attempts.Count == 0) continue;
                UsageWriter.WriteRequest(attempts, output);
                return null;
            }
        }
        return new GatewayError(GatewayErrorKind.NotFound, 404, "The ledger has no request with this id. It keeps requests with a virtual key or an access token of Entra ID.") { Code = "request_not_found" };
    });

    /// <summary>Every attempt as one line of JSON, ordered by time within an organization. Streamed: it takes no more memory than a page of the ledger.</summary>
    public Task ExportAsync(HttpContext context) => StateErrors.ServeAsync(gate, store, context, async output =>
    {
        var (range, wrong) = UsageRange.Read(context.Request.Query, time.GetUtcNow());
        if (wrong is not null) return wrong;
        await foreach (var attempt in ReadAsync(context, range))
        {
            UsageWriter.WriteLine(attempt, output);
            if (output.Length < ExportChunk) continue;
            await JsonResponse.WriteChunkAsync(context, output, LineType);
        }
        return null;
    }, contentType: LineType);

    /// <summary>The report with other prices. The ledger is not changed: budgets were enforced with the recorded charges.</summary>
    public Task RecomputeAsync(HttpContext context) => StateErrors.ServeAsync(gate, store, context, async output =>
    {
        var asked = new RecomputeRequest();
        if (await gate.ReadAsync(context, isOptional: true, asked.Take) is { } unread) return unread;
        var (range, wrong) = UsageRange.Read(asked.Query, time.GetUtcNow(), "group_by");
        if (wrong is not null) return wrong;
        var (report, unknown) = UsageReport.Create(asked.Query["group_by"].ToString(), new OtherPrices(asked.Prices, router));
        if (unknown is not null) return unknown;
        if (await FillAsync(context, report!, range) is { } tooMany) return tooMany;
        UsageWriter.WriteReport(report!, range.From, range.To, output);
        return null;
    });

    private async ValueTask<GatewayError?> ReportAsync(HttpContext context, bool isCsv, JsonOutput output)
    {
        var query = context.Request.Query;
        var (range, wrong) = UsageRange.Read(query, time.GetUtcNow(), "group_by", "format");
        if (wrong is not null) return wrong;
        if (query["format"].ToString() is not ("" or "json" or "csv")) return GatewayError.Invalid("'format' must be json or csv.", "format");
        var (report, unknown) = UsageReport.Create(query["group_by"].ToString());
        if (unknown is not null) return unknown;
        if (await FillAsync(context, report!, range) is { } tooMany) return tooMany;
        if (isCsv) UsageWriter.WriteCsv(report!, output);
        else UsageWriter.WriteReport(report!, range.From, range.To, output);
        return null;
    }

    private async ValueTask<GatewayError?> FillAsync(HttpContext context, UsageReport report, UsageRange range)
    {
        await foreach (var attempt in ReadAsync(context, range))
            if (!report.TryAdd(attempt))
                return GatewayError.Invalid($"The report has more than {UsageReport.MaxGroups} rows. Group by fewer columns, or choose a shorter time.", "group_by");
        return null;
    }

    /// <summary>The attempts of a period that pass the filters, organization by organization.</summary>
    private async IAsyncEnumerable<AttemptRow> ReadAsync(HttpContext context, UsageRange range)
    {
        foreach (var organization in await store.Keys.ListOrganizationsAsync(context.RequestAborted))
        {
            if (range.Organization is { } only && only != organization) continue;
            await foreach (var attempt in store.Ledger.ReadAsync(StateKeys.Organization(organization), range.From, range.To, context.RequestAborted))
                if (range.Includes(attempt)) yield return attempt;
        }
    }
}
