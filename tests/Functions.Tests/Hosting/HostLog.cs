using Microsoft.Extensions.Logging;

namespace Nano.Functions.Tests.Hosting;

/// <summary>A line of the host's log. One with an exception becomes a row of AppExceptions.</summary>
internal sealed record HostLog(string Category, LogLevel Level, string Message, bool HasException);
