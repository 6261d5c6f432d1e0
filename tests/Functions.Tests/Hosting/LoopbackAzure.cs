using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Nano.LocalHost.Tests.Secrets;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.Functions.Tests.Hosting;

/// <summary>
/// A Key Vault and the identity of an app, for workers in processes of their own. A worker reaches the vault by a name of Azure's through a proxy that
/// connects it to loopback, and trusts its certificate (<c>SSL_CERT_FILE</c>, which .NET reads on Linux only): all checks of the client stay on.
/// </summary>
internal sealed class LoopbackAzure : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new("nano-azure-");
    private readonly TcpListener _proxy = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<string> _strays = new();
    private readonly WebApplication _identity;

    private LoopbackAzure(FakeVault vault, WebApplication identity) => (Vault, _identity) = (vault, identity);

    public FakeVault Vault { get; }

    /// <summary>What the platform sets for an app with a vault and a managed identity.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["KEY_VAULT_URI"] = Vault.Uri.ToString(),
        ["AZURE_TOKEN_CREDENTIALS"] = "ManagedIdentityCredential",
        ["IDENTITY_ENDPOINT"] = _identity.Urls.First() + "/msi/token",
        ["IDENTITY_HEADER"] = "header-of-the-identity",
        ["HTTPS_PROXY"] = $"http://{_proxy.LocalEndpoint}",
        ["SSL_CERT_FILE"] = Path.Combine(_folder.FullName, "vault.pem"),
    };

    /// <summary>Connections to anything but the vault.</summary>
    public IReadOnlyList<string> Strays => [.. _strays, .. Vault.Strays];

    public static async Task<LoopbackAzure> StartAsync()
    {
        var builder = FakeHost.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var azure = new LoopbackAzure(await FakeVault.StartAsync(), builder.Build());
        azure._identity.Run(TokenAsync);
        await azure._identity.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(azure._folder.FullName, "vault.pem"), azure.Vault.Certificate);
        azure._proxy.Start();
        _ = azure.AcceptAsync();
        return azure;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _proxy.Dispose();
        await _identity.DisposeAsync();
        await Vault.DisposeAsync();
        _end.Dispose();
        _folder.Dispose();
    }

    private static Task TokenAsync(HttpContext context) => context.Response.WriteAsJsonAsync(new
    {
        access_token = FakeVault.Token,
        expires_on = DateTimeOffset.UtcNow.AddHours(8).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        resource = context.Request.Query["resource"].ToString(),
        token_type = "Bearer",
    });

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = TunnelAsync(await _proxy.AcceptTcpClientAsync(_end.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The end.
        }
    }

    private async Task TunnelAsync(TcpClient client)
    {
        using var caller = client;
        using var vault = new TcpClient();
        try
        {
            var stream = caller.GetStream();
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, _end.Token) > 0) head.Append((char)one[0]);
            if (!head.ToString().StartsWith($"CONNECT {Vault.Host}:443 ", StringComparison.Ordinal))
            {
                _strays.Enqueue(head.ToString());
                return;
            }
            await vault.ConnectAsync(IPAddress.Loopback, Vault.Port, _end.Token);
            await stream.WriteAsync("HTTP/1.1 200 Connection Established\r\n\r\n"u8.ToArray(), _end.Token);
            await Task.WhenAny(stream.CopyToAsync(vault.GetStream(), _end.Token), vault.GetStream().CopyToAsync(stream, _end.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // Either end has left.
        }
    }
}
