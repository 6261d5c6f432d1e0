
namespace Nano.LocalHost.Tests.Stop;

/// <summary>Buffered data is flushed when its owner is disposed, so every disposable object has an owner.</summary>
public sealed class OwnershipTests
{
    [Fact]
    public async Task The_container_owns_every_disposable_service()
    {
        List<string> unowned = [];
        await using var host = LocalHostApp.Build(new Dictionary<string, string> { ["PORT"] = "0" }, complaint => complaint.ShouldBeNull(), builder =>
        {
            foreach (var service in builder.Services)
                if (!service.IsKeyedService && service.ImplementationInstance is IDisposable or IAsyncDisposable
                    && service.ImplementationInstance.GetType().Namespace!.StartsWith("Nano", StringComparison.Ordinal))
                    unowned.Add(service.ImplementationInstance.GetType().Name);
        });
        unowned.ShouldBeEmpty("an instance that is handed over is never disposed: register a factory");
    }
}
