using Nano.Json;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Secrets;
using Nano.Telemetry;

namespace Nano.Panel;

/// <summary>The JSON that the panel receives. Unknown values are <c>null</c>. It never contains a key, a prompt or a response.</summary>
internal static class PanelWriter
{
    /// <summary>One provider: its identity, its address, and the source of its key.</summary>
    /// <param name="secret">For a provider that needs a key.</param>
    /// <param name="missingAddress">The setting of its base URL, if the provider has no address without it.</param>
    public static void WriteProvider(Provider provider, string? baseUrl, string? missingAddress, Secret secret, int models, JsonOutput output)
    {
        output.BeginObject();
        output.Member("id"u8, provider.Id);
        output.Member("name"u8, provider.DisplayName);
        output.Member("aliases"u8, provider.Aliases);
        output.Member("dialect"u8, provider.Dialects[0].Name);
        // The host alone: an operator may keep the path private.
        output.Member("base_url"u8, baseUrl is null || missingAddress is not null ? null : new Uri(baseUrl).GetLeftPart(UriPartial.Authority));
        output.Name("key"u8);
        WriteKey(provider, missingAddress, secret, output);
        output.Member("models"u8, models);
        output.EndObject();
    }

    private static void WriteKey(Provider provider, string? missingAddress, Secret secret, JsonOutput output)
    {
        var isSet = provider.KeySettings.Count > 0 && secret.Value is not null;
        var needed = isSet || missingAddress is not null || (provider.KeySettings.Count > 0 && !provider.IsKeyOptional);
        // Without an address, the key is not the first thing to fix.
        var setting = missingAddress ?? (needed ? secret.Setting ?? provider.KeySettings[0] : null);
        isSet &= missingAddress is null;
        output.BeginObject();
        output.Member("state"u8, !needed ? "not_needed" : isSet ? "set" : secret.Unavailable is not null ? "unavailable" : "not_set");
        output.Member("source"u8, !isSet ? null : secret.Origin switch { SecretOrigin.KeyVault => "key_vault", SecretOrigin.Entra => "entra", _ => "setting" });
        output.Member("setting"u8, setting);
        output.Member("secret"u8, setting is null || missingAddress is not null ? null : SecretName.Of(setting));
        output.Member("message"u8, isSet ? null : secret.Unavailable);
        output.EndObject();
    }

    public static void WriteStatus(ProviderStatus status, bool cached, JsonOutput output)
    {
        output.BeginObject();
        output.Member("id"u8, status.Provider);
        output.Member("status"u8, status.Light switch { ProviderLight.Works => "works", ProviderLight.Degraded => "degraded", ProviderLight.NoKey => "no_key", _ => "failed" });
        output.Member("light"u8, status.Light switch { ProviderLight.Works => "green", ProviderLight.Degraded => "orange", ProviderLight.NoKey => "grey", _ => "red" });
        output.Member("checked"u8, status.Checked);
        output.Member("checked_at"u8, status.CheckedAt);
        output.Member("latency_ms"u8, Milliseconds(status.LatencyMilliseconds));
        output.Member("cached"u8, cached);
        output.Member("message"u8, status.Message);
        output.Member("fix"u8, status.Fix);
        output.EndObject();
    }

    /// <summary>One model with its data from the catalogue.</summary>
    /// <param name="available">Its provider has a key or needs none.</param>
    /// <param name="at">The time for which prices are returned: standard tier, off peak, for a short request.</param>
    public static void WriteModel(ModelInfo model, bool available, DateTimeOffset at, JsonOutput output)
    {
        var rates = model.Prices?.PeriodAt(at)?.Base;
        output.BeginObject();
        output.Member("id"u8, model.Name);
        output.Member("provider"u8, model.Provider);
        output.Member("name"u8, model.Id);
        output.Member("context"u8, model.Context);
        output.Member("max_output"u8, model.MaxOutputTokens);
        output.Member("input_modalities"u8, model.Input);
        output.Member("output_modalities"u8, model.Output);
        output.Name("capabilities"u8);
        output.BeginArray();
        if (model.Traits.Tools == true) output.Text("tools");
        if (model.Traits.JsonSchema == true) output.Text("structured_output");
        if (model.Traits.Reasons == true) output.Text("reasoning");
        output.EndArray();
        output.Member("reasoning_efforts"u8, model.Traits.Efforts);
        output.Member("sampling"u8, model.Traits.SamplingParameters);
        output.Member("status"u8, model.Status);
        output.Member("released"u8, model.Released?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
        output.Member("input_per_million"u8, rates?.Input);
        output.Member("output_per_million"u8, rates?.Output);
        output.Member("cache_read_per_million"u8, rates?.CacheRead);
        output.Member("available"u8, available);
        output.EndObject();
    }

    public static void WriteActivity(RecentSlice slice, string instance, DateTimeOffset startedAt, JsonOutput output)
    {
        output.BeginObject();
        output.Member("instance"u8, instance);
        output.Member("started_at"u8, startedAt);
        output.Member("capacity"u8, RecentRequests.Capacity);
        output.Member("next"u8, slice.Last);
        output.Member("missed"u8, slice.Missed);
        output.Name("totals"u8);
        WriteTotals(slice.Totals, output);
        output.Name("records"u8);
        output.BeginArray();
        for (var i = 0; i < slice.Records.Count; i++) WriteRecord(slice.Records[i], slice.First + i, output);
        output.EndArray();
        output.EndObject();
    }

    /// <param name="found">Null if the request is not over yet or was served by another instance.</param>
    public static void WriteActivity((long Number, UsageRecord Record)? found, string instance, JsonOutput output)
    {
        output.BeginObject();
        output.Member("instance"u8, instance);
        output.Name("record"u8);
        if (found is { } one) WriteRecord(one.Record, one.Number, output);
        else output.Null();
        output.EndObject();
    }

    private static void WriteTotals(in RequestTotals totals, JsonOutput output)
    {
        output.BeginObject();
        output.Member("requests"u8, totals.Requests);
        output.Member("ok"u8, totals.Ok);
        output.Member("failed"u8, totals.Failed);
        output.Member("broken"u8, totals.Broken);
        output.Member("caller_gone"u8, totals.CallerGone);
        output.Member("stopped"u8, totals.Stopped);
        output.Member("with_losses"u8, totals.WithLosses);
        output.Member("input_tokens"u8, totals.InputTokens);
        output.Member("output_tokens"u8, totals.OutputTokens);
        output.Member("cost_usd"u8, totals.Cost);
        output.Member("unknown_costs"u8, totals.UnknownCosts);
        output.EndObject();
    }

    private static void WriteRecord(UsageRecord record, long number, JsonOutput output)
    {
        output.BeginObject();
        output.Member("seq"u8, number);
        output.Member("time"u8, record.StartedAt);
        output.Member("request_id"u8, record.RequestId);
        output.Member("model"u8, record.Model);
        output.Member("provider"u8, record.Provider);
        output.Member("dialect"u8, record.Dialect);
        output.Member("upstream_dialect"u8, record.UpstreamDialect);
        output.Member("stream"u8, record.Stream);
        output.Member("status"u8, record.Status);
        output.Name("outcome"u8);
        output.Literal(record.Outcome switch { RequestOutcome.Ok => "ok"u8, RequestOutcome.Failed => "failed"u8, RequestOutcome.CallerGone => "caller_gone"u8,
            RequestOutcome.Broken => "broken"u8, RequestOutcome.Stopped => "stopped"u8, _ => "open"u8 });
        output.Member("latency_ms"u8, Milliseconds(record.Duration));
        output.Member("first_token_ms"u8, Milliseconds(record.TimeToFirstToken));
        output.Member("overhead_us"u8, Milliseconds(record.Overhead * 1000));
        output.Member("trace_id"u8, record.TraceId);
        output.Member("input_tokens"u8, record.Usage?.InputTokens);
        output.Member("output_tokens"u8, record.Usage?.OutputTokens);
        output.Member("cache_read_tokens"u8, record.Usage?.CacheReadTokens);
        output.Member("reasoning_tokens"u8, record.Usage?.ReasoningTokens);
        output.Member("cost_usd"u8, record.Cost);
        output.Member("losses"u8, record.Losses);
        output.Member("error"u8, record.Error);
        output.Member("caller"u8, record.Caller);
        output.Member("alias"u8, record.Alias);
        output.Name("attempts"u8);
        output.BeginArray();
        foreach (var attempt in record.Attempts) WriteAttempt(attempt, output);
        output.EndArray();
        output.Name("skipped"u8);
        output.BeginArray();
        foreach (var target in record.Skipped) WriteSkipped(target, output);
        output.EndArray();
        output.EndObject();
    }

    private static void WriteSkipped(SkippedTarget target, JsonOutput output)
    {
        output.BeginObject();
        output.Member("deployment"u8, target.Deployment);
        output.Member("reason"u8, target.Reason);
        output.EndObject();
    }

    private static void WriteAttempt(AttemptRecord attempt, JsonOutput output)
    {
        output.BeginObject();
        output.Member("deployment"u8, attempt.Deployment);
        output.Member("outcome"u8, attempt.Outcome);
        output.Member("error"u8, attempt.Error);
        output.Member("committed"u8, attempt.IsCommitted);
        output.Member("sends"u8, attempt.Sends);
        output.Member("duration_ms"u8, Milliseconds(attempt.Duration));
        output.EndObject();
    }

    private static long? Milliseconds(double? value) => value is { } milliseconds ? (long)Math.Round(milliseconds) : null;
}
