using System.Runtime.CompilerServices;
using Nano.Json;

namespace Nano.LocalHost.Tests.Hosting;

internal static class PoisonedBuffers
{
    // Over the host's lifetime too: a slice that outlives its bytes becomes garbage in a response.
    [ModuleInitializer]
    internal static void Poison() => BufferPool.PoisonReturned = true;
}
