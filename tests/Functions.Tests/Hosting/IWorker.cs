using Nano.Functions.Tests.Hosting.Rpc;

namespace Nano.Functions.Tests.Hosting;

/// <summary>A worker and the host's log, as the host's HTTP side needs them.</summary>
internal interface IWorker
{
    /// <summary>Sends an invocation; completes with the worker's report about it.</summary>
    Task<InvocationResponse> InvokeAsync(FunctionMetadata function, string invocation);

    /// <summary>Notifies the worker that the caller of an invocation has left.</summary>
    void Cancel(string invocation);

    /// <summary>Logs an invocation that failed.</summary>
    void LogFailure(string function, string message);
}
