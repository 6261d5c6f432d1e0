using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Nano.Functions;

/// <summary>
/// The worker sends log lines, usage records among them, and results of calls to the Functions host through a queue in
/// memory, and exits without emptying it. This class empties the queue when the worker stops, after the last response.
/// </summary>
/// <remarks>The queue (<c>GrpcHostChannel</c>) is internal to the worker's packages; a test fails when they change it.</remarks>
/// <param name="queue">See <see cref="Find"/>; null when the packages have no such queue.</param>
internal sealed partial class HostQueue(object? queue, ILogger<HostQueue> log) : IHostedLifecycleService
{
    /// <summary>A call's result is queued a moment after its response has ended.</summary>
    private static readonly TimeSpan LastResults = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Without a host that reads, the queue never empties. Otherwise the host decides: it kills a worker that takes too long, and while it does not, a busy
    /// machine needs this time for thousands of messages.
    /// </summary>
    private static readonly TimeSpan LastMessages = TimeSpan.FromSeconds(15);

    /// <summary>The channel in the worker's own services, of the internal type <c>Channel&lt;StreamingMessage&gt;</c>.</summary>
    public static object? Find(IServiceCollection collection, IServiceProvider services)
    {
        var type = collection.LastOrDefault(service => service.ServiceType.Name == "GrpcHostChannel")?.ServiceType;
        return type is null ? null : type.GetProperty("Channel")?.GetValue(services.GetRequiredService(type));
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// The worker takes a message out of the queue when it has sent the previous one. So all messages have been sent when the line
    /// that is logged here, the last one, is taken out.
    /// </summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(LastResults, CancellationToken.None);
        var writer = Member(queue, "Writer");
        if (writer?.GetType().GetMethod("TryComplete", [typeof(Exception)]) is not { } complete || Member(Member(queue, "Reader"), "Completion") is not Task taken)
        {
            Log.NoQueue(log);
            return;
        }
        Log.Stopped(log);
        complete.Invoke(writer, [null]);
        await taken.WaitAsync(LastMessages, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static object? Member(object? of, string name) => of?.GetType().GetProperty(name)?.GetValue(of);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The worker has stopped.")]
        public static partial void Stopped(ILogger logger);

        [LoggerMessage(2, LogLevel.Warning, "The worker stops without waiting for its queue of messages to the host, which these packages do not have. Usage records may be lost.")]
        public static partial void NoQueue(ILogger logger);
    }
}
