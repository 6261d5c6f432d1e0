using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Security.KeyVault.Secrets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Secrets;

/// <summary>
/// A Key Vault over TLS on loopback, with its own certificate: the one call that reads a secret (Key Vault REST API, "Get
/// Secret"), behind the challenge that a real vault sends to callers without a token. The client knows it by an Azure host name, which
/// is connected to the loopback address, so that the client's own checks of the vault's domain stay enabled.
/// </summary>
internal sealed class FakeVault : IAsyncDisposable
{
    public const string Token = "token-of-the-managed-identity";

    private readonly X509Certificate2 _certificate;
    private readonly ConcurrentDictionary<string, VaultSecret> _secrets = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _reads = new();
    private readonly ConcurrentQueue<string> _values = new();
    private readonly ConcurrentQueue<string> _strays = new();
    private WebApplication? _app;
    private int _port;
    private int _challenges;

    private FakeVault()
    {
        // The client remembers challenges by host for as long as the process lives.
        Host = $"nano-{Guid.NewGuid():N}"[..20] + ".vault.azure.net";
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Host);
        request.CertificateExtensions.Add(names.Build());
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    public string Host { get; }

    public Uri Uri => new($"https://{Host}");

    public int Port => _port;

    /// <summary>For a process that is to trust it.</summary>
    public string Certificate => _certificate.ExportCertificatePem();

    /// <summary>Names of secrets, one for each read with a token.</summary>
    public IReadOnlyList<string> Reads => [.. _reads];

    /// <summary>How often a call without a token was refused.</summary>
    public int Challenges => _challenges;

    /// <summary>Every value that any secret ever had.</summary>
    public IReadOnlyList<string> Values => [.. _values];

    /// <summary>Calls to other hosts, and calls that do not read a secret.</summary>
    public IReadOnlyList<string> Strays => [.. _strays];

    /// <summary>The response to every read, while it is set.</summary>
    public VaultRefusal? Refusal { get; set; }

    /// <summary>Every read waits for this.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public static async Task<FakeVault> StartAsync()
    {
        var vault = new FakeVault();
        await vault.ListenAsync();
        return vault;
    }

    public void Set(string name, string value, bool enabled = true, DateTimeOffset? notBefore = null, DateTimeOffset? expires = null)
    {
        if (value.Length > 0) _values.Enqueue(value);
        _secrets[name] = new VaultSecret(value, enabled, notBefore, expires);
    }

    /// <summary>Listens, on the same port as before.</summary>
    public async Task ListenAsync()
    {
        var builder = FakeHost.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port, listen => listen.UseHttps(_certificate)));
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync();
        _port = new Uri(_app.Urls.First()).Port;
    }

    /// <summary>Stops listening and closes all connections.</summary>
    public async Task GoDownAsync()
    {
        if (_app is null) return;
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _app = null;
    }

    /// <summary>Makes the client reach only this vault and trust only this certificate.</summary>
    public void Configure(SecretClientOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (context, cancellationToken) =>
            {
                if (context.DnsEndPoint.Host != Host) _strays.Enqueue(context.DnsEndPoint.ToString());
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(IPAddress.Loopback, _port, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString() == _certificate.GetCertHashString();
        options.Transport = new HttpClientTransport(new HttpClient(handler));
    }

    /// <summary>Signs in with the token that the vault accepts.</summary>
    public TokenCredential Credential { get; } = new Identity();

    public async ValueTask DisposeAsync()
    {
        await GoDownAsync();
        _certificate.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!.TrimEnd('/').Split('/');
        if (context.Request.Method != "GET" || path is not ["", "secrets", var name] || !context.Request.Query.ContainsKey("api-version") || context.Request.Host.Host != Host)
        {
            _strays.Enqueue($"{context.Request.Method} {context.Request.Host}{context.Request.Path}");
            context.Response.StatusCode = 400;
            return;
        }
        if (context.Request.Headers.Authorization.ToString() != $"Bearer {Token}")
        {
            Interlocked.Increment(ref _challenges);
            context.Response.Headers.WWWAuthenticate = "Bearer authorization=\"https://login.microsoftonline.com/tenant\", resource=\"https://vault.azure.net\"";
            await FailAsync(context, new VaultRefusal(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token."));
            return;
        }
        _reads.Enqueue(name);
        await Gate.WaitAsync(context.RequestAborted);
        if (Refusal is { } refusal) await FailAsync(context, refusal);
        else if (!_secrets.TryGetValue(name, out var secret))
            await FailAsync(context, new VaultRefusal(404, "SecretNotFound", $"A secret with (name/id) {name} was not found in this key vault."));
        else if (!secret.Enabled) await FailAsync(context, new VaultRefusal(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled"));
        else await AnswerAsync(context, name, secret);
    }

    private Task AnswerAsync(HttpContext context, string name, VaultSecret secret)
    {
        var attributes = new Dictionary<string, object> { ["enabled"] = true, ["created"] = 1700000000, ["updated"] = 1700000000, ["recoveryLevel"] = "Recoverable" };
        if (secret.NotBefore is { } start) attributes["nbf"] = start.ToUnixTimeSeconds();
        if (secret.Expires is { } end) attributes["exp"] = end.ToUnixTimeSeconds();
        return WriteAsync(context, new { value = secret.Value, id = $"https://{Host}/secrets/{name}/4387e9f3d6e14c459867679a90fd0f79", attributes });
    }

    private static Task FailAsync(HttpContext context, VaultRefusal refusal)
    {
        context.Response.StatusCode = refusal.Status;
        if (refusal.RetryAfter is { } wait) context.Response.Headers.RetryAfter = wait;
        return WriteAsync(context, refusal.Inner is null
            ? new { error = new { code = refusal.Code, message = refusal.Message } }
            : (object)new { error = new { code = refusal.Code, message = refusal.Message, innererror = new { code = refusal.Inner } } });
    }

    private static Task WriteAsync(HttpContext context, object body)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(body)).AsTask();
    }

    private sealed class Identity : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            requestContext.Scopes.ShouldBe(["https://vault.azure.net/.default"]);
            return new AccessToken(Token, DateTimeOffset.UtcNow.AddHours(8));
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }

    private sealed record VaultSecret(string Value, bool Enabled, DateTimeOffset? NotBefore, DateTimeOffset? Expires);
}

/// <summary>An error in the vault's format.</summary>
internal sealed record VaultRefusal(int Status, string Code, string Message, string? Inner = null, string? RetryAfter = null);
