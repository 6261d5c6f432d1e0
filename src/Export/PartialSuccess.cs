using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Nano.Export;

/// <summary>
/// What became of the batch that is being exported, beyond success and failure: Application Insights may accept only a part of it (status 206), which its
/// exporter reports as a failure of all.
/// </summary>
internal sealed class Delivery
{
    private static readonly AsyncLocal<Delivery?> Present = new();

    /// <summary>The delivery of the batch that the caller sends; null outside of an export.</summary>
    public static Delivery? Current => Present.Value;

    /// <summary>Items of a response with status 206 that were not accepted; null without such a response.</summary>
    public int? Refused { get; set; }

    /// <summary>Called before each batch, on the thread that exports it.</summary>
    public void Begin()
    {
        Refused = null;
        Present.Value = this;
    }
}

/// <summary>
/// Reads how many items of a batch were refused. The exporters of all signals share one client, so the batch is found by the flow of execution.
/// </summary>
internal sealed class PartialSuccess : HttpPipelinePolicy
{
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        ProcessNext(message, pipeline);
        Read(message);
    }

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        await ProcessNextAsync(message, pipeline).ConfigureAwait(false);
        Read(message);
    }

    private static void Read(HttpMessage message)
    {
        if (Delivery.Current is not { } delivery || !message.HasResponse || message.Response.Status != 206) return;
        try
        {
            using var body = JsonDocument.Parse(message.Response.Content);
            delivery.Refused = Math.Max(0, body.RootElement.GetProperty("itemsReceived").GetInt32() - body.RootElement.GetProperty("itemsAccepted").GetInt32());
        }
        catch (Exception problem) when (problem is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // Not the ingestion's format: all items of the batch count as dropped.
        }
    }
}
