using Nano.Dialects;
using Nano.Governance;
using Nano.Reasoning;
using Nano.Routing;
using Nano.Streaming;

namespace Nano.Pipeline;

/// <summary>Charges a response that was generated in the background when it is retrieved with its usage: it was charged with an estimate when it was created.</summary>
internal sealed class RetrievedUsage(Governor governor, ChargedRow row, Deployment deployment, IUsageTap tap)
{
    private bool _isCharged;

    /// <summary>A whole response, before it is sent. One that cannot be read is relayed, and charges nothing.</summary>
    public ValueTask TakeAsync(ReadOnlyMemory<byte> body)
    {
        tap.TryOnBody(body, deployment.Provider.Id);
        return ChargeAsync();
    }

    /// <summary>An event of a stream; <see cref="ChargeAsync"/> follows, before it is sent.</summary>
    public void Take(in SseEvent item)
    {
        if (item.HasData) tap.TryOnEvent(item.Type, item.Data, deployment.Provider.Id);
    }

    /// <summary>Charges the usage if it is known by now.</summary>
    public async ValueTask ChargeAsync()
    {
        if (_isCharged || tap.Usage is not { InputTokens: not null, OutputTokens: not null } usage) return;
        _isCharged = true;
        await governor.CorrectAsync(row.Partition, row.Attempt, deployment, usage, tap.Model);
    }
}
