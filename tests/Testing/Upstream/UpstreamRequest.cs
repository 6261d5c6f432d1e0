using System.Text;
using System.Text.Json;

namespace Nano.Testing.Upstream;

/// <summary>A request as the fake provider received it.</summary>
public sealed class UpstreamRequest
{
    private readonly TaskCompletionSource _clientLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public required string Method { get; init; }

    /// <summary>Path and query, as sent.</summary>
    public required string Target { get; init; }

    /// <summary>Names in lower case; several values are joined with a comma.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    public required byte[] Body { get; init; }

    public string BodyText => Encoding.UTF8.GetString(Body);

    public JsonElement BodyJson
    {
        get
        {
            using var document = JsonDocument.Parse(Body);
            return document.RootElement.Clone();
        }
    }

    /// <summary>Completes when the gateway leaves before the response was complete.</summary>
    public Task ClientLeft => _clientLeft.Task;

    /// <summary>Completes when the script has cut the connection.</summary>
    public Task WasCut => _cut.Task;

    /// <summary>Completes when the script has been played, to its end or to the point where the gateway left.</summary>
    public Task Answered => _answered.Task;

    public override string ToString() => $"{Method} {Target}";

    internal void OnClientLeft() => _clientLeft.TrySetResult();

    internal void OnCut() => _cut.TrySetResult();

    internal void OnAnswered() => _answered.TrySetResult();
}
