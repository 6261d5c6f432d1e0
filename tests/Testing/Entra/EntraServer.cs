using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Nano.Testing.Upstream;

namespace Nano.Testing.Entra;

/// <summary>
/// An OpenID provider on loopback in the format of Entra ID: documents and keys of both versions, real RSA keys that can be rolled over, and tokens.
/// </summary>
public sealed class EntraServer : IAsyncDisposable
{
    public const string Tenant = "11111111-2222-3333-4444-555555555555";
    public const string Audience = "api://nano";

    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly List<Key> _published = [];
    private int _reads;

    private EntraServer(WebApplication app) => _app = app;

    /// <summary>The value for <c>ENTRA_AUTHORITY</c>.</summary>
    public string Authority => _app.Urls.First();

    public string Issuer => $"{Authority}/{Tenant}/v2.0";

    /// <summary>The issuer in tokens of version 1.</summary>
    public string FormerIssuer => $"{Authority}/sts/{Tenant}/";

    /// <summary>How often the keys were read: once for each version of the documents.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>It returns only 503.</summary>
    public bool IsDown { get; set; }

    /// <summary>The key that signs.</summary>
    public Key Current { get; private set; } = new("key-1");

    public static async Task<EntraServer> StartAsync()
    {
        var builder = FakeHost.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new EntraServer(app);
        server._published.Add(server.Current);
        app.Run(server.ServeAsync);
        await app.StartAsync();
        return server;
    }

    /// <summary>A new key signs from now on.</summary>
    /// <param name="isPublished">The key is published, together with the previous ones.</param>
    public void RollOver(string id, bool isPublished = true)
    {
        Current = new Key(id);
        if (!isPublished) return;
        lock (_lock) _published.Add(Current);
    }

    public void Withdraw(string id)
    {
        lock (_lock) _published.RemoveAll(key => key.Id == id);
    }

    /// <summary>The claims of an access token of version 2.</summary>
    public Dictionary<string, object> Claims(string user, DateTimeOffset now, params string[] roles) => new()
    {
        ["iss"] = Issuer,
        ["aud"] = Audience,
        ["tid"] = Tenant,
        ["oid"] = user,
        ["sub"] = "pairwise-" + user,
        ["azp"] = "99999999-0000-0000-0000-000000000000",
        ["roles"] = roles,
        ["nbf"] = now.ToUnixTimeSeconds(),
        ["iat"] = now.ToUnixTimeSeconds(),
        ["exp"] = now.AddHours(1).ToUnixTimeSeconds(),
        ["ver"] = "2.0",
    };

    public string Sign(Dictionary<string, object> claims) => Current.Sign(claims);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        var json = path switch
        {
            _ when IsDown => null,
            $"/{Tenant}/v2.0/.well-known/openid-configuration" => JsonSerializer.Serialize(new { issuer = Issuer, jwks_uri = $"{Authority}/{Tenant}/discovery/v2.0/keys" }),
            $"/{Tenant}/.well-known/openid-configuration" => JsonSerializer.Serialize(new { issuer = FormerIssuer, jwks_uri = $"{Authority}/{Tenant}/discovery/keys" }),
            $"/{Tenant}/discovery/v2.0/keys" or $"/{Tenant}/discovery/keys" => Keys(),
            _ => null,
        };
        if (json is null) context.Response.StatusCode = IsDown ? 503 : 404;
        else
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(json);
        }
    }

    private string Keys()
    {
        Interlocked.Increment(ref _reads);
        lock (_lock) return JsonSerializer.Serialize(new { keys = _published.Select(key => key.Public).ToArray() });
    }

    /// <summary>An RSA key of 2048 bits.</summary>
    public sealed class Key(string id)
    {
        private readonly RSA _rsa = RSA.Create(2048);

        public string Id { get; } = id;

        internal object Public
        {
            get
            {
                var parameters = _rsa.ExportParameters(includePrivateParameters: false);
                return new { kty = "RSA", use = "sig", kid = Id, n = Base64Url.EncodeToString(parameters.Modulus), e = Base64Url.EncodeToString(parameters.Exponent) };
            }
        }

        /// <summary>The modulus, as a key of another algorithm that an attacker would use.</summary>
        public byte[] Modulus => _rsa.ExportParameters(includePrivateParameters: false).Modulus!;

        public string Sign(Dictionary<string, object> claims)
        {
            var signed = Part(new { typ = "JWT", alg = "RS256", kid = Id }) + "." + Part(claims);
            return signed + "." + Base64Url.EncodeToString(_rsa.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        }

        /// <summary>A part of a token.</summary>
        public static string Part(object json) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(json));
    }
}
