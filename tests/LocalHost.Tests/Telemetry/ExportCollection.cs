namespace Nano.LocalHost.Tests.Telemetry;

/// <summary>Sources of spans and meters are found by their names in the whole process: no other gateway may run in parallel with these tests.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ExportCollection
{
    public const string Name = "Export";
}
