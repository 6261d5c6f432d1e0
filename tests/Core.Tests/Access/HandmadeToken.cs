using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Nano.Tests.Access;

/// <summary>JWTs built byte by byte (RFC 7515, 7519), without the library that the gateway uses: valid and invalid ones.</summary>
internal static class HandmadeToken
{
    public const string HS256 = """{"alg":"HS256","typ":"JWT"}""";

    /// <summary>The key of session tokens, derived as the documentation says (RFC 5869, without salt).</summary>
    public static byte[] SessionKey(string gatewayKey) => Derive(gatewayKey, "nano session token v1");

    public static byte[] CookieKey(string gatewayKey) => Derive(gatewayKey, "nano panel cookie v1");

    public static string Signed(string claims, byte[] key, string header = HS256) => Signed(claims, bytes => HMACSHA256.HashData(key, bytes), header);

    public static string Signed(string claims, Func<byte[], byte[]> sign, string header = HS256)
    {
        var content = $"{Base64(Encoding.UTF8.GetBytes(header))}.{Base64(Encoding.UTF8.GetBytes(claims))}";
        return $"{content}.{Base64(sign(Encoding.UTF8.GetBytes(content)))}";
    }

    /// <summary>Claims that are valid at this time, with members replaced or removed (null).</summary>
    public static string Claims(DateTimeOffset now, params (string Name, string? Json)[] changes)
    {
        var members = new Dictionary<string, string?>
        {
            ["iss"] = "\"nano\"",
            ["aud"] = "\"nano-gateway\"",
            ["iat"] = $"{now.ToUnixTimeSeconds()}",
            ["nbf"] = $"{now.ToUnixTimeSeconds()}",
            ["exp"] = $"{now.ToUnixTimeSeconds() + 900}",
            ["jti"] = "\"handmade\"",
            ["provider"] = "\"nano\"",
        };
        foreach (var (name, json) in changes) members[name] = json;
        return "{" + string.Join(",", members.Where(m => m.Value is not null).Select(m => $"\"{m.Key}\":{m.Value}")) + "}";
    }

    public static string Base64(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>The claims inside of a token.</summary>
    public static JsonElement Payload(string token)
    {
        var part = token.Split('.')[1].Replace('-', '+').Replace('_', '/');
        return JsonDocument.Parse(Convert.FromBase64String(part.PadRight((part.Length + 3) / 4 * 4, '='))).RootElement;
    }

    private static byte[] Derive(string gatewayKey, string purpose)
    {
        // Extract and expand by hand, so that the gateway's own derivation is compared with the standard.
        var extracted = HMACSHA256.HashData(new byte[32], Encoding.UTF8.GetBytes(gatewayKey));
        return HMACSHA256.HashData(extracted, (byte[])[.. Encoding.UTF8.GetBytes(purpose), 1]);
    }
}
