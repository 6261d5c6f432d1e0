using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Vertex;

/// <summary>
/// Google's token service for one service account, as its documents describe it: it verifies assertions with the account's public
/// key, and returns a token for each valid one.
/// </summary>
public sealed class FakeTokenServer : IAsyncDisposable
{
    public const string Account = "nano@its-project.iam.gserviceaccount.com";
    public const string TokenPrefix = "ya29.token-do-not-leak-";

    private readonly WebApplication _app;
    private readonly TimeProvider _time;
    private readonly RSA _rsa = RSA.Create(2048);
    private int _calls;

    private FakeTokenServer(WebApplication app, TimeProvider time)
    {
        _app = app;
        _time = time;
    }

    public string Url => _app.Urls.First().TrimEnd('/') + "/token";

    /// <summary>Assertions that were received.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>The mistakes in received assertions.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>Claims of the last assertion.</summary>
    public JsonWebToken? Last { get; private set; }

    /// <summary>The response instead of a token.</summary>
    public (int Status, string Body)? Refusal { get; set; }

    /// <summary>What its response waits for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public int LivesSeconds { get; set; } = 3599;

    /// <summary>The account's JSON key.</summary>
    public string Key(string id = "key-1", RSA? other = null) => JsonSerializer.Serialize(new Dictionary<string, string>
    {
        ["type"] = "service_account",
        ["project_id"] = "its-project",
        ["private_key_id"] = id,
        ["private_key"] = (other ?? _rsa).ExportPkcs8PrivateKeyPem(),
        ["client_email"] = Account,
        ["token_uri"] = "https://oauth2.googleapis.com/token",
    });

    public static async Task<FakeTokenServer> StartAsync(TimeProvider time)
    {
        var builder = FakeHost.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(System.Net.IPAddress.Loopback, 0));
        var app = builder.Build();
        var server = new FakeTokenServer(app, time);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _rsa.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var number = Interlocked.Increment(ref _calls);
        var form = await context.Request.ReadFormAsync();
        await Gate;
        context.Response.ContentType = "application/json; charset=utf-8";
        if (await ProblemAsync(context, form) is { } problem)
        {
            lock (Complaints) Complaints.Add(problem);
            context.Response.StatusCode = 400;
            await context.Response.WriteAsync("""{"error":"invalid_grant","error_description":"Invalid JWT Signature."}""");
            return;
        }
        if (Refusal is { } refusal)
        {
            context.Response.StatusCode = refusal.Status;
            await context.Response.WriteAsync(refusal.Body);
            return;
        }
        await context.Response.WriteAsync($$"""{"access_token":"{{TokenPrefix}}{{number}}","expires_in":{{LivesSeconds}},"token_type":"Bearer"}""");
    }

    private async Task<string?> ProblemAsync(HttpContext context, IFormCollection form)
    {
        if (context.Request.Method != "POST" || context.Request.Path != "/token") return $"{context.Request.Method} {context.Request.Path}";
        if (form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer" || form.Count != 2) return "another grant";
        var handler = new JsonWebTokenHandler();
        var result = await handler.ValidateTokenAsync(form["assertion"].ToString(), new TokenValidationParameters
        {
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
            ValidTypes = ["JWT"],
            ValidIssuer = Account,
            ValidAudience = Url,
            IssuerSigningKey = new RsaSecurityKey(_rsa.ExportParameters(includePrivateParameters: false)),
            ValidateLifetime = false,
        });
        if (!result.IsValid) return result.Exception.GetType().Name;
        var token = Last = (JsonWebToken)result.SecurityToken;
        var now = _time.GetUtcNow();
        if (token.GetPayloadValue<string>("scope") != "https://www.googleapis.com/auth/cloud-platform") return "another scope";
        var (issued, expires) = (DateTimeOffset.FromUnixTimeSeconds(token.GetPayloadValue<long>("iat")), DateTimeOffset.FromUnixTimeSeconds(token.GetPayloadValue<long>("exp")));
        if (issued > now.AddSeconds(5) || issued < now.AddSeconds(-65)) return $"issued at {issued:u}";
        return expires - issued > TimeSpan.FromHours(1) || expires <= now ? $"good until {expires:u}" : null;
    }
}
