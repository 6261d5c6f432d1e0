using System.Net;
using Nano.State;
using Nano.State.Redis;
using Nano.Testing;
using Nano.Testing.Stores;
using StackExchange.Redis;

namespace Nano.Tests.State;

/// <summary>Three Redis servers that share the slots of a cluster.</summary>
public sealed class RedisCluster : IAsyncLifetime
{
    /// <summary>Options of an address: a user whose commits are transactions.</summary>
    internal const string WithoutScripts = ",user=limited,password=secret";

    private const int Size = 3, Slots = 16_384;

    private readonly TemporaryFolder _folder = new("nano-cluster");
    private readonly List<StoreServer> _nodes = [];
    private ConnectionMultiplexer? _admin;

    /// <summary>The servers, each of which answers for itself.</summary>
    internal IReadOnlyList<IServer> Servers => [.. _nodes.Select(node => _admin!.GetServer(IPAddress.Loopback, node.Port))];

    /// <param name="nodes">How many of them the address names.</param>
    internal IStateEngine Open(string options = "", int nodes = Size)
    {
        Skip.If(_admin is null, "Redis is not installed: run 'apt-get install redis-server'.");
        return new RedisEngine(new RedisClient(AddressOf(nodes) + options, onAzure: false));
    }

    public async Task InitializeAsync()
    {
        while (_nodes.Count < Size)
        {
            if (await StoreServer.StartRedisNodeAsync(_folder.FullName) is not { } node) return;
            _nodes.Add(node);
        }
        _admin = await ConnectionMultiplexer.ConnectAsync(AddressOf(Size) + ",allowAdmin=true");
        for (var i = 0; i < Size; i++)
        {
            await ExecuteAsync(Servers[i], "CLUSTER", "SET-CONFIG-EPOCH", i + 1);
            await ExecuteAsync(Servers[i], "CLUSTER", ["ADDSLOTS", .. Enumerable.Range(0, Slots).Where(slot => slot * Size / Slots == i).Cast<object>()]);
            await ExecuteAsync(Servers[i], "ACL", "SETUSER", "limited", "on", ">secret", "~*", "&*", "+@all", "-@scripting");
            if (i > 0) await ExecuteAsync(Servers[i], "CLUSTER", "MEET", "127.0.0.1", _nodes[0].Port);
        }
        await Wait.UntilAsync(async () =>
        {
            foreach (var server in Servers)
            {
                var info = (string?)await ExecuteAsync(server, "CLUSTER", "INFO") ?? "";
                if (!info.Contains("cluster_state:ok", StringComparison.Ordinal) || !info.Contains($"cluster_known_nodes:{Size}", StringComparison.Ordinal)) return false;
            }
            return true;
        });
    }

    public async Task DisposeAsync()
    {
        if (_admin is not null) await _admin.DisposeAsync();
        foreach (var node in _nodes) await node.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Moves the slot of a partition to the next server, key by key, as an operator's tools do: for a while, the partition is on two servers.</summary>
    /// <param name="between">Runs after each step.</param>
    internal async Task MoveAsync(string partition, Func<Task> between)
    {
        var slot = (int)await ExecuteAsync(Servers[0], "CLUSTER", "KEYSLOT", $"nano:{{{partition}}}:rows");
        var owner = 0;
        while ((int)await ExecuteAsync(Servers[owner], "CLUSTER", "COUNTKEYSINSLOT", slot) == 0) owner++;
        var (from, to) = (Servers[owner], Servers[(owner + 1) % Size]);
        var (fromId, toId) = ((string)(await ExecuteAsync(from, "CLUSTER", "MYID"))!, (string)(await ExecuteAsync(to, "CLUSTER", "MYID"))!);
        await ExecuteAsync(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", fromId);
        await ExecuteAsync(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", toId);
        await between();
        while ((string[]?)await ExecuteAsync(from, "CLUSTER", "GETKEYSINSLOT", slot, 1) is [var key])
        {
            await ExecuteAsync(from, "MIGRATE", "127.0.0.1", ((IPEndPoint)to.EndPoint).Port, key, 0, 60_000);
            await between();
        }
        foreach (var server in (IServer[])[to, from, .. Servers.Where(server => server != to && server != from)])
        {
            await ExecuteAsync(server, "CLUSTER", "SETSLOT", slot, "NODE", toId);
            await between();
        }
    }

    private string AddressOf(int nodes) => string.Join(',', _nodes.Take(nodes).Select(node => $"127.0.0.1:{node.Port}"));

    /// <summary>At this server, whichever has the slot.</summary>
    private static Task<RedisResult> ExecuteAsync(IServer server, string command, params object[] arguments) => server.ExecuteAsync(command, arguments, CommandFlags.NoRedirect);
}
