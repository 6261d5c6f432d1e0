using Nano.Functions.Tests.Hosting.Rpc;

namespace Nano.Functions.Tests.Hosting;

/// <summary>A finished invocation: which function ran, and what the worker reported about it.</summary>
internal sealed record Invocation(string Function, string InvocationId, StatusResult Result);
