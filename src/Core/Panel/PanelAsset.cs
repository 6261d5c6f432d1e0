using System.IO.Compression;

namespace Nano.Panel;

/// <summary>One file of the access panel as it is sent: compressed once per encoding, when a browser first asks for it.</summary>
internal sealed class PanelAsset(string contentType, byte[] bytes, string entityTag)
{
    // Close to the smallest size at a fraction of the time: the first visitor of each instance pays for it.
    private const int BrotliQuality = 9;

    private readonly Lazy<byte[]> _brotli = new(() => Compress(bytes, target => new BrotliStream(target, new BrotliCompressionOptions { Quality = BrotliQuality })));
    private readonly Lazy<byte[]> _gzip = new(() => Compress(bytes, target => new GZipStream(target, CompressionLevel.SmallestSize)));

    public string ContentType { get; } = contentType;

    /// <summary>A hash of the uncompressed bytes, with its quotes. Weak: the same for every encoding.</summary>
    public string EntityTag { get; } = entityTag;

    /// <summary>The best encoding that <paramref name="accepted"/> (an <c>Accept-Encoding</c> header, RFC 9110 section 12.5.3) allows.</summary>
    /// <returns>The value of <c>Content-Encoding</c>; null when the bytes are not compressed.</returns>
    public (string? Encoding, byte[] Bytes) Encoded(string? accepted)
    {
        if (Accepts(accepted, "br")) return ("br", _brotli.Value);
        return Accepts(accepted, "gzip") ? ("gzip", _gzip.Value) : (null, bytes);
    }

    private static bool Accepts(string? header, string encoding)
    {
        foreach (var range in (header ?? "").AsSpan().Split(','))
        {
            var item = header.AsSpan()[range].Trim();
            var end = item.IndexOf(';');
            if (!(end < 0 ? item : item[..end]).TrimEnd().Equals(encoding, StringComparison.OrdinalIgnoreCase)) continue;
            return end < 0 || !IsZero(item[(end + 1)..].Trim());
        }
        return false;
    }

    /// <summary><c>q=0</c>, <c>q=0.000</c>: not acceptable.</summary>
    private static bool IsZero(ReadOnlySpan<char> weight) =>
        weight.StartsWith("q=", StringComparison.OrdinalIgnoreCase) && weight[2..].Trim("0.").IsEmpty;

    private static byte[] Compress(byte[] bytes, Func<Stream, Stream> encoder)
    {
        using var target = new MemoryStream(bytes.Length / 2);
        using (var stream = encoder(target)) stream.Write(bytes);
        return target.ToArray();
    }
}
