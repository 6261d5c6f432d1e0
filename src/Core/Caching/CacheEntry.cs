using System.Buffers;
using System.ComponentModel;
using System.Text;
using Microsoft.Extensions.Caching.Hybrid;
using Nano.Chat;

namespace Nano.Caching;

/// <summary>The format of an entry's bytes.</summary>
internal enum CacheForm : byte
{
    Whole = 0,
    /// <summary>The events of a stream as SSE, without comments.</summary>
    Stream = 1,
}

/// <summary>A complete response in the caller's dialect, with its metadata. Immutable, and shared by requests.</summary>
[ImmutableObject(true)]
internal sealed record CacheEntry
{
    /// <summary>The key under which it was stored: a different one means that a store has returned the wrong value.</summary>
    public required string Key { get; init; }

    public required CacheForm Form { get; init; }

    /// <summary>A stream that reports usage.</summary>
    public bool HasStreamUsage { get; init; }

    public required byte[] Body { get; init; }

    /// <summary>The id of the response in <see cref="Body"/>; null for none.</summary>
    public string? Id { get; init; }

    /// <summary>The provider and model that generated it.</summary>
    public required string Provider { get; init; }

    public required string Model { get; init; }

    public string? ResponseModel { get; init; }

    public string? UpstreamDialect { get; init; }

    /// <summary>Without members that have no neutral name: <see cref="Body"/> has them.</summary>
    public Usage? Usage { get; init; }

    public FinishReason Finish { get; init; }

    /// <summary>The value of <c>x-nano-loss</c>; null for none.</summary>
    public string? Losses { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public string Deployment => Provider + "/" + Model;

    public TimeSpan Age(DateTimeOffset now) => now > CreatedAt ? now - CreatedAt : TimeSpan.Zero;
}

/// <summary>Entries as bytes: a version, the fields, the body. Unreadable bytes become an entry without a key, which no look-up matches.</summary>
internal sealed class CacheEntrySerializer : IHybridCacheSerializer<CacheEntry>
{
    private const byte Version = 2;
    private const byte HasStreamUsage = 1, HasUsage = 2, HasBilled = 4;

    private static readonly CacheEntry Unreadable = new() { Key = "", Form = CacheForm.Whole, Body = [], Provider = "", Model = "", CreatedAt = default, ExpiresAt = default };

    public void Serialize(CacheEntry value, IBufferWriter<byte> target)
    {
        using var stream = new MemoryStream(value.Body.Length + 512);
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Version);
            writer.Write((byte)value.Form);
            writer.Write((byte)((value.HasStreamUsage ? HasStreamUsage : 0) | (value.Usage is null ? 0 : HasUsage) | (value.Usage?.Billed is null ? 0 : HasBilled)));
            foreach (var text in (string?[])[value.Key, value.Id, value.Provider, value.Model, value.ResponseModel, value.UpstreamDialect, value.Losses, value.Usage?.ServiceTier])
            {
                writer.Write(text is not null);
                writer.Write(text ?? "");
            }
            writer.Write((byte)value.Finish);
            writer.Write(value.CreatedAt.ToUnixTimeMilliseconds());
            writer.Write(value.ExpiresAt.ToUnixTimeMilliseconds());
            if (value.Usage is { } usage)
                foreach (var count in (long?[])[usage.InputTokens, usage.OutputTokens, usage.CacheReadTokens, usage.CacheWriteTokens, usage.LongCacheWriteTokens,
                    usage.ReasoningTokens, usage.AudioInputTokens, usage.AudioOutputTokens, usage.Billed?.Input, usage.Billed?.Output])
                    writer.Write(count ?? -1);
            writer.Write(value.Body.Length);
            writer.Write(value.Body);
        }
        target.Write(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    public CacheEntry Deserialize(ReadOnlySequence<byte> source)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(source.ToArray()), Encoding.UTF8);
            return reader.ReadByte() == Version ? Read(reader) : Unreadable;
        }
        catch (Exception e) when (e is IOException or ArgumentException or FormatException)
        {
            return Unreadable;
        }
    }

    private static CacheEntry Read(BinaryReader reader)
    {
        var form = (CacheForm)reader.ReadByte();
        var flags = reader.ReadByte();
        var texts = new string?[8];
        for (var i = 0; i < texts.Length; i++)
        {
            var isThere = reader.ReadBoolean();
            var text = reader.ReadString();
            texts[i] = isThere ? text : null;
        }
        var finish = (FinishReason)reader.ReadByte();
        var (createdAt, expiresAt) = (reader.ReadInt64(), reader.ReadInt64());
        var usage = (flags & HasUsage) == 0 ? null : new Usage
        {
            InputTokens = Count(reader), OutputTokens = Count(reader), CacheReadTokens = Count(reader), CacheWriteTokens = Count(reader),
            LongCacheWriteTokens = Count(reader), ReasoningTokens = Count(reader), AudioInputTokens = Count(reader), AudioOutputTokens = Count(reader),
            Billed = Billed(Count(reader), Count(reader), (flags & HasBilled) != 0), ServiceTier = texts[7],
        };
        var length = reader.ReadInt32();
        if (length < 0 || length != reader.BaseStream.Length - reader.BaseStream.Position || form > CacheForm.Stream) return Unreadable;
        return new CacheEntry
        {
            Key = texts[0] ?? "", Id = texts[1], Provider = texts[2] ?? "", Model = texts[3] ?? "", ResponseModel = texts[4], UpstreamDialect = texts[5], Losses = texts[6],
            Form = form, HasStreamUsage = (flags & HasStreamUsage) != 0, Usage = usage, Finish = finish, Body = reader.ReadBytes(length),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(createdAt), ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(expiresAt),
        };
    }

    private static BilledTokens? Billed(long? input, long? output, bool isThere) => isThere ? new BilledTokens(input, output) : null;

    private static long? Count(BinaryReader reader) => reader.ReadInt64() is >= 0 and var count ? count : null;
}
