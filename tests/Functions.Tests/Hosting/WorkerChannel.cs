using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Nano.Functions.Tests.Hosting.Rpc;

namespace Nano.Functions.Tests.Hosting;

/// <summary>The host's end of the one gRPC stream that a worker opens.</summary>
internal sealed class WorkerChannel : FunctionRpc.FunctionRpcBase, IWorker
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Channel<StreamingMessage> _toWorker = Channel.CreateUnbounded<StreamingMessage>();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _waiting = new();
    private readonly ConcurrentDictionary<string, (string Function, TaskCompletionSource<InvocationResponse> Response)> _invocations = new();
    private readonly ConcurrentQueue<RpcLog> _logs = new();
    private readonly ConcurrentQueue<HostLog> _hostLogs = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The worker has ended, and everything that it sent was read.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The app's log, in order. A real host shows lines that have an invocation, and drops the others.</summary>
    public IReadOnlyList<RpcLog> Logs => [.. _logs];

    /// <summary>
    /// The host's own log before its filter: the app's lines under the function's category, as GrpcWorkerChannel.Log of the host writes
    /// them while the invocation runs, and the host's lines about invocations that failed.
    /// </summary>
    public IReadOnlyList<HostLog> HostLogs => [.. _hostLogs];

    /// <summary>
    /// Forgets the logs so far, also of calls that still run although their callers have their responses: their last lines would be taken for those of the next
    /// call.
    /// </summary>
    public void Forget()
    {
        SpinWait.SpinUntil(() => _invocations.IsEmpty, TimeSpan.FromSeconds(20));
        _logs.Clear();
        _hostLogs.Clear();
    }

    /// <summary>The host's log of a failed invocation: once for the function and once for its result, with the exception both times.</summary>
    public void LogFailure(string function, string message)
    {
        foreach (var category in new[] { $"Function.{function}", "Host.Results" }) _hostLogs.Enqueue(new HostLog(category, LogLevel.Error, message, HasException: true));
    }

    public override async Task EventStream(IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
    {
        var writing = WriteAsync(responseStream, context.CancellationToken);
        try
        {
            while (await requestStream.MoveNext(context.CancellationToken)) Take(requestStream.Current);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The worker has ended.
        }
        finally
        {
            _ended.TrySetResult();
            _toWorker.Writer.TryComplete();
            // A host fails the invocations of a worker that has ended (GrpcWorkerChannel.TryFailExecutions).
            foreach (var invocation in _invocations.Values) invocation.Response.TrySetException(Gone());
        }
        await writing;
    }

    /// <summary>The steps of a host with a worker that has connected, until its functions can be called.</summary>
    /// <returns>The worker's HTTP address, and its functions.</returns>
    public async Task<(Uri Http, IReadOnlyList<FunctionMetadata> Functions)> StartAsync(string folder)
    {
        await _started.Task.WaitAsync(Patience);
        var init = (await AskAsync(new StreamingMessage
            { WorkerInitRequest = new WorkerInitRequest { HostVersion = "4.1040.0", FunctionAppDirectory = folder } })).WorkerInitResponse;
        init.Result.Status.ShouldBe(StatusResult.Types.Status.Success);
        var indexed = (await AskAsync(new StreamingMessage
            { FunctionsMetadataRequest = new FunctionsMetadataRequest { FunctionAppDirectory = folder } })).FunctionsMetadataResponse;
        indexed.Result.Status.ShouldBe(StatusResult.Types.Status.Success);
        foreach (var function in indexed.Functions)
        {
            var loaded = (await AskAsync(new StreamingMessage
                { FunctionLoadRequest = new FunctionLoadRequest { FunctionId = function.FunctionId, Metadata = function } })).FunctionLoadResponse;
            loaded.Result.Status.ShouldBe(StatusResult.Types.Status.Success, loaded.Result.Exception?.Message);
        }
        return (new Uri(init.Capabilities["HttpUri"]), indexed.Functions);
    }

    public Task<InvocationResponse> InvokeAsync(FunctionMetadata function, string invocation)
    {
        var response = new TaskCompletionSource<InvocationResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        _invocations[invocation] = (function.Name, response);
        Send(new StreamingMessage
        {
            InvocationRequest = new InvocationRequest
            {
                InvocationId = invocation,
                FunctionId = function.FunctionId,
                InputData = { new ParameterBinding { Name = "request", Data = new TypedData { Http = new HttpData() } } },
                TraceContext = new TraceContext(),
            },
        });
        if (Ended.IsCompleted) response.TrySetException(Gone());
        return response.Task;
    }

    public void Cancel(string invocation) => Send(new StreamingMessage { InvocationCancel = new InvocationCancel { InvocationId = invocation } });

    public void Terminate() => Send(new StreamingMessage { WorkerTerminate = new WorkerTerminate() });

    private async Task<StreamingMessage> AskAsync(StreamingMessage question)
    {
        question.RequestId = Guid.NewGuid().ToString();
        var answer = _waiting[question.RequestId] = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        Send(question);
        return await answer.Task.WaitAsync(Patience);
    }

    private static IOException Gone() => new("The worker has ended.");

    private void Send(StreamingMessage message) => _toWorker.Writer.TryWrite(message);

    private void Take(StreamingMessage message)
    {
        switch (message.ContentCase)
        {
            case StreamingMessage.ContentOneofCase.StartStream:
                _started.TrySetResult();
                break;
            case StreamingMessage.ContentOneofCase.RpcLog:
                _logs.Enqueue(message.RpcLog);
                if (message.RpcLog.LogCategory == 0 && _invocations.TryGetValue(message.RpcLog.InvocationId, out var running))
                    _hostLogs.Enqueue(new HostLog($"Function.{running.Function}.User", (LogLevel)message.RpcLog.Level, message.RpcLog.Message,
                        message.RpcLog.Exception is not null));
                break;
            case StreamingMessage.ContentOneofCase.InvocationResponse:
                if (_invocations.TryRemove(message.InvocationResponse.InvocationId, out var invocation)) invocation.Response.TrySetResult(message.InvocationResponse);
                break;
            default:
                if (_waiting.TryRemove(message.RequestId, out var waiting)) waiting.TrySetResult(message);
                break;
        }
    }

    private async Task WriteAsync(IServerStreamWriter<StreamingMessage> stream, CancellationToken ended)
    {
        try
        {
            await foreach (var message in _toWorker.Reader.ReadAllAsync(ended)) await stream.WriteAsync(message, ended);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The worker has ended.
        }
    }
}
