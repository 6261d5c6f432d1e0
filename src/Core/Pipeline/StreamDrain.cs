using Nano.Json;
using Nano.Streaming;

namespace Nano.Pipeline;

/// <summary>
/// Reads a provider's stream on after its caller has left: most providers report usage at the end only. Events are taken as before, and what
/// they write is dropped.
/// </summary>
internal static class StreamDrain
{
    /// <summary>Bytes of a read at least.</summary>
    private const int Read = 16 * 1024;

    /// <summary>Raises nothing: a stream that fails, or takes longer than the token allows, ends where it is.</summary>
    public static async ValueTask RunAsync(JsonOutput output, IEventRelay events, IFrameReader reader, Stream input, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                // Before the first read: those that arrived with the ones that could not be sent.
                while (!events.HasEnded && reader.TryRead(out var item))
                {
                    output.Clear();
                    if (events.Take(item, output) is not null) return;
                }
                if (events.HasEnded || reader.Fault is not null) return;
                var count = await input.ReadAsync(reader.GetMemory(Read), cancellationToken);
                if (count == 0) break;
                reader.Advance(count);
            }
            while (!events.HasEnded && reader.TryReadLast(out var item))
            {
                output.Clear();
                if (reader.IsCut(item) || events.Take(item, output) is not null) return;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException or BufferBudgetException)
        {
            // What is known by now is charged.
        }
        finally
        {
            output.Clear();
        }
    }
}
