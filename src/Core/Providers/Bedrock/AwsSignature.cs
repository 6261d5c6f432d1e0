using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Nano.Dialects;

namespace Nano.Providers.Bedrock;

/// <summary>An AWS key.</summary>
/// <param name="Token">The session token of a temporary key; null for a permanent key.</param>
internal readonly record struct AwsKey(string Id, string Secret, string? Token);

/// <summary>
/// Signature version 4 (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html): a keyed hash over
/// the method, the path, the query, some headers and the hash of the content. It is valid for a few minutes.
/// </summary>
/// <remarks>
/// Not AWSSDK.Core 4.1.0: it adds 1.1 MB (two assemblies) to the package, and its signer is an internal API that takes the SDK's own
/// requests.
/// </remarks>
internal static class AwsSignature
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Adds <c>x-amz-date</c>, for a temporary key <c>x-amz-security-token</c>, and <c>Authorization</c>.</summary>
    /// <param name="region">The region of the address: <c>us-east-1</c>.</param>
    /// <param name="service">The service's name in signatures: <c>bedrock</c>.</param>
    public static void Sign(HttpRequestMessage message, in BodySplice body, in AwsKey key, string region, string service, DateTimeOffset now)
    {
        var headers = message.Headers;
        var time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        Set(headers, "x-amz-date", time);
        if (key.Token is { } token) Set(headers, "x-amz-security-token", token);
        var uri = message.RequestUri!;
        var signed = new List<(string Name, string Value)> { ("host", uri.IsDefaultPort ? uri.IdnHost : uri.Authority), ("x-amz-date", time) };
        if (key.Token is not null) signed.Add(("x-amz-security-token", key.Token));
        Set(headers, "Authorization", Authorization(message.Method.Method, uri.AbsolutePath, uri.Query, signed, Hash(body), key, region, service, time));
    }

    /// <summary>The header's value.</summary>
    /// <param name="path">The path as sent, percent-encoded. The signature encodes it again, as every service except S3 requires.</param>
    /// <param name="query">The query as sent, with its question mark; or empty.</param>
    /// <param name="headers">The headers to sign, names in lower case.</param>
    /// <param name="contentHash">SHA-256, lower-case hex.</param>
    /// <param name="time"><c>20150830T123600Z</c>.</param>
    public static string Authorization(
        string method, string path, string query, List<(string Name, string Value)> headers, string contentHash, in AwsKey key, string region, string service, string time)
    {
        var names = string.Join(';', headers.Select(h => h.Name).Order(StringComparer.Ordinal));
        var request = CanonicalRequest(method, path, query, headers, names, contentHash);
        var date = time[..8];
        var scope = $"{date}/{region}/{service}/aws4_request";
        var text = $"{Algorithm}\n{time}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(request)))}";
        var signature = Hex(Mac(SigningKey(key.Secret, date, region, service), text));
        return $"{Algorithm} Credential={key.Id}/{scope}, SignedHeaders={names}, Signature={signature}";
    }

    internal static string CanonicalRequest(string method, string path, string query, List<(string Name, string Value)> headers, string names, string contentHash)
    {
        var text = new StringBuilder();
        text.Append(method).Append('\n').Append(CanonicalPath(path)).Append('\n').Append(CanonicalQuery(query)).Append('\n');
        foreach (var (name, value) in headers.OrderBy(h => h.Name, StringComparer.Ordinal)) text.Append(name).Append(':').Append(OneBlank(value)).Append('\n');
        return text.Append('\n').Append(names).Append('\n').Append(contentHash).ToString();
    }

    /// <summary>Resolves dot and empty segments, and encodes the result again.</summary>
    private static string CanonicalPath(string path)
    {
        var segments = new List<string>();
        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == "..") segments.RemoveRange(Math.Max(0, segments.Count - 1), Math.Min(1, segments.Count));
            else if (segment != ".") segments.Add(Encode(segment));
        }
        return "/" + string.Join('/', segments) + (segments.Count > 0 && path.EndsWith('/') ? "/" : "");
    }

    /// <summary>Sorted by name and value, each encoded once.</summary>
    private static string CanonicalQuery(string query)
    {
        if (query.Length <= 1) return "";
        var members = query.TrimStart('?').Split('&').Select(member =>
        {
            var at = member.IndexOf('=');
            var (name, value) = at < 0 ? (member, "") : (member[..at], member[(at + 1)..]);
            return (Name: Encode(Uri.UnescapeDataString(name)), Value: Encode(Uri.UnescapeDataString(value)));
        });
        return string.Join('&', members.OrderBy(m => m.Name, StringComparer.Ordinal).ThenBy(m => m.Value, StringComparer.Ordinal).Select(m => $"{m.Name}={m.Value}"));
    }

    /// <summary>Percent-encodes all but letters, digits, hyphen, dot, underscore and tilde, in upper-case hex.</summary>
    private static string Encode(string text) => Uri.EscapeDataString(text);

    private static string OneBlank(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static byte[] SigningKey(string secret, string date, string region, string service) =>
        Mac(Mac(Mac(Mac(Encoding.UTF8.GetBytes("AWS4" + secret), date), region), service), "aws4_request");

    private static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hash(in BodySplice body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(body.A.Span);
        hash.AppendData(body.B.Span);
        hash.AppendData(body.C.Span);
        hash.AppendData(body.D.Span);
        hash.AppendData(body.E.Span);
        return Hex(hash.GetHashAndReset());
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static void Set(HttpRequestHeaders headers, string name, string value)
    {
        headers.Remove(name);
        headers.TryAddWithoutValidation(name, value);
    }
}
