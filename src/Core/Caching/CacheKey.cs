using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Nano.Caching;

/// <summary>
/// The name of an entry: SHA-256 in hexadecimal, over everything that a response depends on. Each field is preceded by its length, so that no
/// two lists of fields give the same bytes. Not thread safe.
/// </summary>
internal sealed class CacheKeyBuilder : IDisposable
{
    /// <summary>Changes with the format of keys and entries, so that entries of an earlier version are not found.</summary>
    private const string Schema = "nano response cache 1";

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Begins a key.</summary>
    public CacheKeyBuilder Start() => Add(Schema);

    /// <summary>Null and an empty text differ.</summary>
    public CacheKeyBuilder Add(string? text)
    {
        if (text is null) return AddLength(-1);
        return Add(Encoding.UTF8.GetBytes(text));
    }

    public CacheKeyBuilder Add(ReadOnlySpan<byte> bytes)
    {
        AddLength(bytes.Length);
        _hash.AppendData(bytes);
        return this;
    }

    public CacheKeyBuilder Add(IReadOnlyCollection<string> texts)
    {
        AddLength(texts.Count);
        foreach (var text in texts) Add(text);
        return this;
    }

    public string Build() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();

    private CacheKeyBuilder AddLength(int length)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        _hash.AppendData(bytes);
        return this;
    }
}
