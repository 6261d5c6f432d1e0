using Microsoft.AspNetCore.Http;
using Nano.Errors;
using Nano.Governance;
using Nano.Json;
using Nano.State;

namespace Nano.Panel;

/// <summary><c>/api/keys</c>: the owner creates, lists, changes, rotates and revokes virtual keys. A key itself is shown once, when it is created.</summary>
internal sealed class KeysEndpoint(PanelGate gate, StateStore store, VirtualKeys keys, ConfiguredPolicies policies, TimeProvider time)
{
    private const int MaxList = 1000;
    private const long MaxOverlapSeconds = 30L * 24 * 60 * 60;
    private const long DefaultOverlapSeconds = 24 * 60 * 60;

    public Task CreateAsync(HttpContext context) => ServeAsync(context, async output =>
    {
        var asked = new KeyRequest(policies);
        if (await gate.ReadAsync(context, isOptional: false, asked.Take) is { } unread) return unread;
        var secret = await store.Keys.CreateSecretAsync(context.RequestAborted);
        var key = VirtualKey.Create(secret);
        var now = time.GetUtcNow();
        var record = asked.Apply(new KeyRecord
        {
            Id = KeyRecord.Prefix + SortableId.New(now),
            Hash = VirtualKey.HashOf(secret, key),
            Hint = VirtualKey.HintOf(key),
            Organization = KeyRequest.DefaultOrganization,
            CreatedAt = now,
        }, now);
        await store.Keys.AddAsync(record, context.RequestAborted);
        Write(record, key, output);
        return null;
    }, status: 201);

    public Task ListAsync(HttpContext context) => ServeAsync(context, async output =>
    {
        var query = context.Request.Query;
        var limit = 100;
        if (query["limit"].ToString() is { Length: > 0 } asked && !(int.TryParse(asked, out limit) && limit is >= 1 and <= MaxList))
            return GatewayError.Invalid($"'limit' must be a whole number from 1 to {MaxList}.", "limit");
        var after = query["after"].ToString() is { Length: > 0 } id ? id : null;
        var records = await store.Keys.ListAsync(after, limit + 1, context.RequestAborted);
        output.BeginObject();
        output.Name("data"u8);
        output.BeginArray();
        foreach (var record in records.Take(limit)) Write(record, null, output);
        output.EndArray();
        output.Member("has_more"u8, records.Count > limit);
        output.EndObject();
        return null;
    });

    public Task GetAsync(HttpContext context, string id) => ServeAsync(context, async output =>
    {
        if (await store.Keys.FindAsync(id, context.RequestAborted) is not { } record) return NotFound();
        Write(record, null, output);
        return null;
    });

    public Task ChangeAsync(HttpContext context, string id) => ServeAsync(context, async output =>
    {
        var asked = new KeyRequest(policies);
        if (await gate.ReadAsync(context, isOptional: false, asked.Take) is { } unread) return unread;
        if (asked.Moves) return GatewayError.Invalid("A key stays in its organization, team and user, so that its usage does. Create another key there.", "organization");
        var now = time.GetUtcNow();
        if (await store.Keys.ChangeAsync(id, record => asked.Apply(record, now), context.RequestAborted) is not { } changed) return NotFound();
        keys.Forget();
        Write(changed, null, output);
        return null;
    });

    public Task RotateAsync(HttpContext context, string id) => ServeAsync(context, async output =>
    {
        var overlap = DefaultOverlapSeconds;
        var unread = await gate.ReadAsync(context, isOptional: true, (name, value) =>
        {
            if (name != "overlap_seconds") return JsonObject.Unknown(name, "overlap_seconds");
            if (value.AsInt64() is not (>= 0 and <= MaxOverlapSeconds and var seconds))
                return GatewayError.Invalid($"'overlap_seconds' must be a whole number from 0 to {MaxOverlapSeconds} (30 days).", name);
            overlap = seconds;
            return null;
        });
        if (unread is not null) return unread;
        var secret = await store.Keys.CreateSecretAsync(context.RequestAborted);
        var key = VirtualKey.Create(secret);
        var now = time.GetUtcNow();
        var isRefused = false;
        var rotated = await store.Keys.ChangeAsync(id, record =>
        {
            var next = record.Rotate(VirtualKey.HashOf(secret, key), VirtualKey.HintOf(key), TimeSpan.FromSeconds(overlap), now);
            isRefused = next is null;
            return next ?? record;
        }, context.RequestAborted);
        if (rotated is null) return NotFound();
        if (isRefused) return TooManyFormers(rotated);
        keys.Forget();
        Write(rotated, key, output);
        return null;
    });

    public Task RemoveAsync(HttpContext context, string id) => ServeAsync(context, async _ =>
    {
        if (!await store.Keys.RemoveAsync(id, context.RequestAborted)) return NotFound();
        keys.Forget();
        return null;
    }, status: 204);

    private Task ServeAsync(HttpContext context, Func<JsonOutput, ValueTask<GatewayError?>> write, int status = 200) => StateErrors.ServeAsync(gate, store, context, write, status);

    private static void Write(KeyRecord record, string? key, JsonOutput output)
    {
        output.BeginObject();
        output.Member("id"u8, record.Id);
        if (key is not null) output.Member("key"u8, key);
        output.Member("hint"u8, record.Hint);
        output.Member("name"u8, record.Name);
        output.Member("organization"u8, record.Organization);
        output.Member("team"u8, record.Team);
        output.Member("user"u8, record.User);
        output.Name("tags"u8);
        output.BeginObject();
        foreach (var (name, value) in record.Tags) output.Member(System.Text.Encoding.UTF8.GetBytes(name), value);
        output.EndObject();
        LimitsRequest.Write(record.Limits, output);
        output.Member("policy"u8, record.Policy);
        output.Member("created_at"u8, record.CreatedAt);
        output.Member("expires_at"u8, record.ExpiresAt);
        output.Member("former_key_until"u8, record.FormerUntil);
        output.Member("disabled"u8, record.IsDisabled);
        output.EndObject();
    }

    private static GatewayError TooManyFormers(KeyRecord record) => new(GatewayErrorKind.InvalidRequest, 409,
        $"{KeyRecord.MaxFormers} former keys are still valid, the first of them until {record.Formers.Min(former => former.Until).UtcDateTime:u}. Rotate again after that, or with 'overlap_seconds' 0, which ends all of them at once.")
        { Code = "too_many_former_keys", Param = "overlap_seconds" };

    private static GatewayError NotFound() => new(GatewayErrorKind.NotFound, 404, "There is no virtual key with this id.") { Code = "key_not_found" };
}
