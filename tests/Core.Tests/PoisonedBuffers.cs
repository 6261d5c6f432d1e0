using System.Runtime.CompilerServices;
using Nano.Json;

namespace Nano.Tests;

/// <summary>Every buffer that a test returns is overwritten, so that a slice that outlives its bytes fails loudly.</summary>
internal static class PoisonedBuffers
{
    [ModuleInitializer]
    internal static void On() => BufferPool.PoisonReturned = true;
}
