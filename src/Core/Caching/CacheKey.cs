using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Nano.Json;

namespace Nano.Caching;

/// <summary>
/// The name of an entry: SHA-256 in hexadecimal, over everything that a response depends on. Each field is preceded by its length, so that no
/// two lists of fields give the same bytes. They are gathered first: one hash of all costs a fraction of adding each field to a hash. Not thread safe.
/// </summary>
internal sealed class CacheKeyBuilder : IDisposable
{
    /// <summary>Changes with the format of keys and entries, so that entries of an earlier version are not found.</summary>
    private const string Schema = "nano response cache 1";

    private byte[] _bytes = BufferPool.Rent(2048);
    private int _length;

    /// <summary>Begins a key.</summary>
    public CacheKeyBuilder Start()
    {
        _length = 0;
        return Add(Schema);
    }

    /// <summary>Null and an empty text differ.</summary>
    public CacheKeyBuilder Add(string? text)
    {
        if (text is null) return AddLength(-1);
        var length = Encoding.UTF8.GetByteCount(text);
        AddLength(length);
        Encoding.UTF8.GetBytes(text, Next(length));
        return this;
    }

    public CacheKeyBuilder Add(ReadOnlySpan<byte> bytes)
    {
        AddLength(bytes.Length);
        bytes.CopyTo(Next(bytes.Length));
        return this;
    }

    public CacheKeyBuilder Add(IReadOnlyCollection<string> texts)
    {
        AddLength(texts.Count);
        foreach (var text in texts) Add(text);
        return this;
    }

    public string Build()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_bytes.AsSpan(0, _length), hash);
        return Convert.ToHexStringLower(hash);
    }

    public void Dispose() => BufferPool.Return(_bytes);

    private CacheKeyBuilder AddLength(int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Next(sizeof(int)), length);
        return this;
    }

    private Span<byte> Next(int length)
    {
        if (_bytes.Length - _length < length)
        {
            var larger = BufferPool.Rent(Math.Max(_length + length, _bytes.Length * 2));
            _bytes.AsSpan(0, _length).CopyTo(larger);
            BufferPool.Return(_bytes);
            _bytes = larger;
        }
        _length += length;
        return _bytes.AsSpan(_length - length, length);
    }
}
