#!/usr/bin/env bash
# Microsoft.Extensions.Caching.Hybrid: after RemoveByTagAsync on one instance, an instance that has used the tag before goes on returning the entry,
# also when its entry in memory has expired and it reads the second level again. The documentation says that the entry is invalidated in the
# second level and that the memory of other servers is not affected: waiting for their memory to expire does not help. An instance reads a tag's
# time of removal from the second level once and then keeps it.
# A gateway that removes a tenant's cached responses this way serves them from its other instances until they restart.
#
# Version: HybridCache 10.11.0, .NET 10. Seen: memory entries live for 0.5 s; 3 s after the removal the second instance returns the old value from
# the second level, a new instance does not. Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
<ItemGroup><PackageReference Include="Microsoft.Extensions.Caching.Hybrid" Version="10.11.0" /><PackageReference Include="Microsoft.Extensions.DependencyInjection" Version="10.0.15" /></ItemGroup></Project>
XML
cat >app.cs <<'CS'
using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

static string Version(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

var shared = new SecondLevel();
HybridCache Instance()
{
    var services = new ServiceCollection();
    services.AddSingleton<IDistributedCache>(shared);
    services.AddHybridCache(options => options.DefaultEntryOptions = new() { LocalCacheExpiration = TimeSpan.FromSeconds(0.5), Expiration = TimeSpan.FromMinutes(5) });
    return services.BuildServiceProvider().GetRequiredService<HybridCache>();
}

static ValueTask<string> GetAsync(HybridCache cache, string value) =>
    cache.GetOrCreateAsync("key", _ => ValueTask.FromResult(value), tags: ["tenant"]);

var (first, second) = (Instance(), Instance());
await GetAsync(first, "old");
await GetAsync(second, "unused");
await first.RemoveByTagAsync("tenant");
await Task.Delay(TimeSpan.FromSeconds(3));
var reads = shared.Reads;
var bySecond = await GetAsync(second, "new");
var secondLevelReads = shared.Reads - reads;
var byThird = await GetAsync(Instance(), "new");
var byFirst = await GetAsync(first, "new");
Console.WriteLine($"HybridCache {Version(typeof(HybridCacheOptions))}, 3 s after RemoveByTagAsync on the first instance: the second returns the {bySecond} value (reads of the second level: {secondLevelReads}), a new third the {byThird} one, the first the {byFirst} one");

bool isAsDescribed = byFirst == "new" && bySecond == "old" && byThird == "new" && secondLevelReads > 0;
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;

/// <summary>The store that the instances share, as Redis would be. HybridCache does not use a MemoryDistributedCache as second level.</summary>
internal sealed class SecondLevel : IDistributedCache
{
    private readonly ConcurrentDictionary<string, byte[]> _values = new();

    public int Reads { get; private set; }

    public byte[]? Get(string key)
    {
        Reads++;
        return _values.GetValueOrDefault(key);
    }

    public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => Task.FromResult(Get(key));

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => _values[key] = value;

    public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        Set(key, value, options);
        return Task.CompletedTask;
    }

    public void Remove(string key) => _values.TryRemove(key, out _);

    public Task RemoveAsync(string key, CancellationToken token = default)
    {
        Remove(key);
        return Task.CompletedTask;
    }

    public void Refresh(string key) { }

    public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;
}
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet out/app.dll
