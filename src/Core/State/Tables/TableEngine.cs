using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Azure.Identity;
using Nano.Secrets;

namespace Nano.State.Tables;

/// <summary>
/// One table of Azure Table Storage. A commit is one entity group transaction; each write is conditional on the ETag that the service assigned to the
/// row's version. The client does not retry: a repeated write that had succeeded looks like a conflict.
/// </summary>
internal sealed class TableEngine : IStateEngine
{
    private const string Table = "nano";
    private const string Version = "version";
    private const int MaxTags = 20_000;
    private const int MostPerPage = 1000;

    private readonly TableClient _table;

    /// <summary>ETags of row versions that this instance has read or written.</summary>
    private readonly ConcurrentDictionary<(string Partition, string Key, long Version), ETag> _tags = new();

    /// <param name="address"><c>https://ACCOUNT.table.core.windows.net</c>, read with the identity of the process; or a connection string.</param>
    /// <param name="onAzure">See <see cref="AzureSignIn.Create"/>.</param>
    public TableEngine(string address, bool onAzure = false)
    {
        var options = new TableClientOptions();
        options.Retry.MaxRetries = 0;
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(10);
        _table = Uri.TryCreate(address, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "https" or "http"
            ? new TableClient(endpoint!, Table, AzureSignIn.Create(onAzure), options)
            : new TableClient(address, Table, options);
    }

    public string Name => "table";

    public bool Exists => true;

    public async ValueTask<IReadOnlyList<StateRow?>> ReadAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        // Point reads in parallel: the service executes a query for several rows by reading the partition.
        var reads = new Task<StateRow?>[keys.Count];
        for (var i = 0; i < reads.Length; i++) reads[i] = ReadAsync(partition, keys[i], cancellationToken);
        return await Task.WhenAll(reads).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<StateRow>> ScanAsync(string partition, string from, string to, int limit, CancellationToken cancellationToken)
    {
        var rows = new List<StateRow>();
        try
        {
            var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Encode(partition)} and RowKey ge {Encode(from)} and RowKey lt {Encode(to)}");
            await foreach (var entity in _table.QueryAsync<TableEntity>(filter, Math.Min(limit, MostPerPage), null, cancellationToken).ConfigureAwait(false))
            {
                rows.Add(RowOf(partition, entity));
                if (rows.Count == limit) break;
            }
            return rows;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return rows;
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw Unavailable(e);
        }
    }

    public async ValueTask<long[]?> CommitAsync(string partition, IReadOnlyList<StateWrite> writes, CancellationToken cancellationToken)
    {
        StateLimits.Check(writes);
        var actions = new List<TableTransactionAction>(writes.Count);
        var (versions, places) = (new long[writes.Count], new List<int>(writes.Count));
        for (var i = 0; i < writes.Count; i++)
        {
            var write = writes[i];
            // Rows of this service do not vanish: a row that was read still exists, or has changed, which the other writes detect.
            if (write.IsCheck)
            {
                versions[i] = write.Expected;
                continue;
            }
            var tag = default(ETag);
            if (write.Expected != 0 && !_tags.TryGetValue((partition, write.Key, write.Expected), out tag))
            {
                if ((await ReadAsync(partition, write.Key, cancellationToken).ConfigureAwait(false))?.Version != write.Expected) return null;
                if (!_tags.TryGetValue((partition, write.Key, write.Expected), out tag)) return null;
            }
            var entity = new TableEntity(Encode(partition), Encode(write.Key));
            if (write.Fields is { } fields)
            {
                entity[Version] = versions[i] = StateLimits.NewVersion();
                foreach (var field in fields.All) entity[field.Name] = field.Text is null ? field.Number : field.Text;
            }
            actions.Add(new TableTransactionAction(write.Fields is null ? TableTransactionActionType.Delete
                : write.Expected == 0 ? TableTransactionActionType.Add : TableTransactionActionType.UpdateReplace, entity, tag));
            places.Add(i);
        }
        for (var isCreated = false; ; isCreated = true)
        {
            try
            {
                var responses = (await _table.SubmitTransactionAsync(actions, cancellationToken).ConfigureAwait(false)).Value;
                for (var i = 0; i < responses.Count; i++)
                    if (responses[i].Headers.ETag is { } tag && versions[places[i]] != 0) Remember(partition, writes[places[i]].Key, versions[places[i]], tag);
                return versions;
            }
            catch (RequestFailedException e) when (e.Status == 404 && e.ErrorCode == "TableNotFound" && !isCreated)
            {
                await CreateTableAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (RequestFailedException e) when (e.Status is 409 or 412 || (e.Status == 404 && e.ErrorCode != "TableNotFound"))
            {
                return null;
            }
            catch (Exception e) when (IsFailure(e))
            {
                throw Unavailable(e);
            }
        }
    }

    public ValueTask DisposeAsync() => default;

    private async Task<StateRow?> ReadAsync(string partition, string key, CancellationToken cancellationToken)
    {
        try
        {
            var found = await _table.GetEntityIfExistsAsync<TableEntity>(Encode(partition), Encode(key), cancellationToken: cancellationToken).ConfigureAwait(false);
            return found.HasValue ? RowOf(partition, found.Value!) : null;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw Unavailable(e);
        }
    }

    private async ValueTask CreateTableAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _table.CreateIfNotExistsAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw Unavailable(e);
        }
    }

    private StateRow RowOf(string partition, TableEntity entity)
    {
        var fields = new StateFields();
        long version = 0;
        foreach (var (name, value) in entity)
        {
            if (name == Version) version = (long)value;
            else if (name is "odata.etag" or "PartitionKey" or "RowKey" or "Timestamp") continue;
            else if (value is long number) fields.Set(name, number);
            else if (value is string text) fields.Set(name, text);
        }
        var key = Decode(entity.RowKey);
        Remember(partition, key, version, entity.ETag);
        return new StateRow(key, version, fields);
    }

    private void Remember(string partition, string key, long version, ETag tag)
    {
        if (_tags.Count >= MaxTags) _tags.Clear();
        _tags[(partition, key, version)] = tag;
    }

    /// <summary>Row keys must not contain slashes, backslashes, # and ?, and some clients decode percent signs.</summary>
    private static string Encode(string key)
    {
        if (!key.AsSpan().ContainsAny("/\\#?%=")) return key;
        var encoded = new StringBuilder();
        foreach (var c in key)
        {
            if ("/\\#?%=".Contains(c)) encoded.Append('=').Append(((int)c).ToString("X2", CultureInfo.InvariantCulture));
            else encoded.Append(c);
        }
        return encoded.ToString();
    }

    private static string Decode(string key)
    {
        if (!key.Contains('=')) return key;
        var decoded = new StringBuilder();
        for (var i = 0; i < key.Length; i++)
        {
            if (key[i] != '=' || i + 2 >= key.Length) decoded.Append(key[i]);
            else
            {
                decoded.Append((char)int.Parse(key.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 2;
            }
        }
        return decoded.ToString();
    }

    private static bool IsFailure(Exception e) =>
        e is RequestFailedException or AuthenticationFailedException or AggregateException or IOException or HttpRequestException or InvalidOperationException
        or TaskCanceledException;

    private static StateUnavailableException Unavailable(Exception e) => e is RequestFailedException failed
        ? new StateUnavailableException($"Azure Table Storage returned {failed.Status} {failed.ErrorCode}.", e) { RetryAfter = RetryAfterOf(failed) }
        : new StateUnavailableException($"Azure Table Storage failed: {e.GetType().Name}.", e);

    private static TimeSpan RetryAfterOf(RequestFailedException e) =>
        e.GetRawResponse()?.Headers.TryGetValue("Retry-After", out var value) == true && int.TryParse(value, CultureInfo.InvariantCulture, out var seconds)
        && seconds is > 0 and <= 3600
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.FromSeconds(1);
}
