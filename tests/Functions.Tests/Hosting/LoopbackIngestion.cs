using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.Functions.Tests.Hosting;

/// <summary>
/// Application Insights' ingestion over TLS on loopback, which accepts only callers with a token, and the identity of an app that issues one. For workers in
/// processes of their own, which trust the certificate by <c>SSL_CERT_FILE</c> (read on Linux only).
/// </summary>
internal sealed class LoopbackIngestion : IAsyncDisposable
{
    private const string Token = "token-for-the-ingestion";

    private readonly TemporaryFolder _folder = new("nano-ingestion-");
    private readonly ConcurrentQueue<string> _accepted = new();
    private readonly ConcurrentQueue<string> _resources = new();
    private readonly WebApplication _app;
    private int _refused;

    private LoopbackIngestion(WebApplication app) => _app = app;

    /// <summary>Lines of JSON that came with the token.</summary>
    public IReadOnlyList<string> Accepted => [.. _accepted];

    /// <summary>Calls without the token.</summary>
    public int Refused => _refused;

    /// <summary>For whom tokens were issued.</summary>
    public IReadOnlyList<string> Resources => [.. _resources];

    public IReadOnlyDictionary<string, string> Settings
    {
        get
        {
            var open = _app.Urls.Single(url => url.StartsWith("http:", StringComparison.Ordinal));
            var secured = _app.Urls.Single(url => url.StartsWith("https:", StringComparison.Ordinal)).Replace("127.0.0.1", "localhost");
            return new Dictionary<string, string>
            {
                ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={secured}/",
                ["APPLICATIONINSIGHTS_STATSBEAT_DISABLED"] = "true",
                ["AZURE_TOKEN_CREDENTIALS"] = "ManagedIdentityCredential",
                ["IDENTITY_ENDPOINT"] = open + "/msi/token",
                ["IDENTITY_HEADER"] = "header-of-the-identity",
                ["SSL_CERT_FILE"] = Path.Combine(_folder.FullName, "ingestion.pem"),
            };
        }
    }

    public static async Task<LoopbackIngestion> StartAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var builder = FakeHost.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate));
        });
        var ingestion = new LoopbackIngestion(builder.Build());
        ingestion._app.Run(ingestion.TakeAsync);
        await ingestion._app.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(ingestion._folder.FullName, "ingestion.pem"), certificate.ExportCertificatePem());
        return ingestion;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    private async Task TakeAsync(HttpContext context)
    {
        if (context.Request.Path == "/msi/token")
        {
            var resource = context.Request.Query["resource"].ToString();
            _resources.Enqueue(resource);
            await context.Response.WriteAsJsonAsync(new
            {
                access_token = Token, expires_on = DateTimeOffset.UtcNow.AddHours(8).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), resource, token_type = "Bearer",
            });
            return;
        }
        using var body = new MemoryStream();
        await using (var content = context.Request.Headers.ContentEncoding == "gzip" ? new GZipStream(context.Request.Body, CompressionMode.Decompress) : context.Request.Body)
            await content.CopyToAsync(body, context.RequestAborted);
        if (context.Request.Headers.Authorization != "Bearer " + Token)
        {
            Interlocked.Increment(ref _refused);
            context.Response.StatusCode = 401;
            return;
        }
        var lines = System.Text.Encoding.UTF8.GetString(body.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var line in lines) _accepted.Enqueue(line);
        await context.Response.WriteAsync($$"""{"itemsReceived":{{lines.Length}},"itemsAccepted":{{lines.Length}},"errors":[]}""");
    }
}
