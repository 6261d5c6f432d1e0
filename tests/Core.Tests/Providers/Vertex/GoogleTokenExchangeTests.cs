using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Nano.Providers.Vertex;
using Nano.Secrets;

namespace Nano.Tests.Providers.Vertex;

/// <summary>Requests to Google's token services for each kind of credential, and the handling of their responses.</summary>
public sealed class GoogleTokenExchangeTests
{
    private const string Good = """{"access_token":"ya29.good","expires_in":3599,"token_type":"Bearer"}""";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    private readonly FakeGoogle _google = new();
    private readonly FakeEntra _entra = new();

    [Fact]
    public async Task A_service_accounts_token_is_requested_at_its_own_address()
    {
        _google.Answer(200, Good);
        var answer = await FetchAsync(Keys.ServiceAccount().ToJsonString());
        (answer.Token, answer.EndsAt, answer.Origin, answer.Setting).ShouldBe(("ya29.good", _time.GetUtcNow().AddSeconds(3599), SecretOrigin.KeyVault, "VERTEX_CREDENTIALS"));
        var (address, form) = _google.Requests.ShouldHaveSingleItem();
        address.ShouldBe("https://oauth2.googleapis.com/token");
        Form(form)["grant_type"].ShouldBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
        Form(form)["assertion"].Split('.').Length.ShouldBe(3);
    }

    [Fact]
    public async Task A_users_token_is_requested_with_the_refresh_token()
    {
        _google.Answer(200, Good);
        (await FetchAsync(Keys.User().ToJsonString())).Token.ShouldBe("ya29.good");
        var (address, form) = _google.Requests.ShouldHaveSingleItem();
        address.ShouldBe("https://oauth2.googleapis.com/token");
        Form(form).ShouldBe(new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["client_id"] = "id", ["client_secret"] = "secret-of-client",
            ["refresh_token"] = "secret-of-person" });
    }

    [Fact]
    public async Task A_federation_exchanges_Entras_token_and_impersonates_the_account()
    {
        _google.Answer(200, """{"access_token":"ya29.federated","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":600}""");
        _google.Answer(200, """{"accessToken":"ya29.account","expireTime":"2026-11-22T13:00:00Z"}""");
        var answer = await FetchAsync(Keys.Federation().ToJsonString());
        (answer.Token, answer.EndsAt).ShouldBe(("ya29.account", new DateTimeOffset(2026, 11, 22, 13, 0, 0, TimeSpan.Zero)));
        _entra.Scopes.ShouldBe(["api://google-pool/.default"]);

        _google.Requests[0].Address.ShouldBe("https://sts.googleapis.com/v1/token");
        var form = Form(_google.Requests[0].Body);
        form["subject_token"].ShouldBe("entra-token");
        form["subject_token_type"].ShouldBe("urn:ietf:params:oauth:token-type:jwt");
        form["audience"].ShouldBe("//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q");
        form["grant_type"].ShouldBe("urn:ietf:params:oauth:grant-type:token-exchange");
        form["scope"].ShouldBe("https://www.googleapis.com/auth/cloud-platform");

        _google.Requests[1].Address.ShouldBe("https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/nano@p.iam.gserviceaccount.com:generateAccessToken");
        _google.Bearers.ShouldBe([null, "Bearer ya29.federated"]);
        JsonDocument.Parse(_google.Requests[1].Body).RootElement.GetProperty("scope")[0].GetString().ShouldBe("https://www.googleapis.com/auth/cloud-platform");
    }

    [Fact]
    public async Task A_federation_without_an_account_uses_its_own_token()
    {
        _google.Answer(200, """{"access_token":"ya29.federated","token_type":"Bearer","expires_in":600}""");
        (await FetchAsync(Keys.Federation().Without("service_account_impersonation_url"))).Token.ShouldBe("ya29.federated");
    }

    [Fact]
    public async Task A_federation_without_an_identity_in_Azure_sends_nothing_to_Google()
    {
        _entra.Problem = "nobody is signed in to Azure here.";
        (await FetchAsync(Keys.Federation().ToJsonString())).Problem.ShouldBe("nobody is signed in to Azure here.");
        _google.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(400, """{"error":"invalid_grant","error_description":"Invalid JWT Signature for secret-account"}""",
        "Google refused the service account's key (status 400, invalid_grant). It was revoked or has expired, its account was deleted, or this machine's clock is wrong.")]
    [InlineData(401, """{"error":"invalid_client"}""",
        "Google refused the service account's key (status 401, invalid_client). Its account is not known to Google, or may not do this.")]
    [InlineData(403, """{"error":{"code":403,"status":"PERMISSION_DENIED","message":"secret"}}""",
        "Google refused the service account's key (status 403, PERMISSION_DENIED). Give the role 'Workload Identity User' on the service account to the identity, and enable the IAM Service Account Credentials API.")]
    [InlineData(400, """{"error":"a word with secret-blanks"}""", "Google refused the service account's key (status 400). Check the credential.")]
    [InlineData(404, "<html>", "Google refused the service account's key (status 404). Check the credential.")]
    [InlineData(302, "", "Google refused the service account's key (status 302). Check the credential.")]
    [InlineData(503, "busy", "Google's token service failed or is busy (status 503). The gateway tries again.")]
    [InlineData(200, "<html>", "the server at oauth2.googleapis.com is not Google's token service: its response has no token.")]
    [InlineData(200, "{}", "the server at oauth2.googleapis.com is not Google's token service: its response has no token.")]
    [InlineData(200, """{"access_token":"a","expires_in":"soon"}""", "the server at oauth2.googleapis.com is not Google's token service: its response has no token.")]
    [InlineData(200, """{"access_token":"a","expires_in":0}""", "the server at oauth2.googleapis.com is not Google's token service: its response has no token.")]
    [InlineData(200, """{"access_token":"a\r\nx-evil: 1","expires_in":60}""", "the server at oauth2.googleapis.com is not Google's token service: its response has no token.")]
    [InlineData(200, """{"id_token":"only"}""", "the server at oauth2.googleapis.com is not Google's token service: its response has no token.")]
    [InlineData(200, """["access_token"]""", "the server at oauth2.googleapis.com is not Google's token service: its response has no token.")]
    public async Task Every_invalid_response_has_a_message(int status, string body, string problem)
    {
        _google.Answer(status, body);
        (await FetchAsync(Keys.ServiceAccount().ToJsonString())).Problem.ShouldBe(problem);
    }

    [Fact]
    public async Task An_endless_response_is_cut_off()
    {
        _google.Answer(200, "{\"access_token\":\"" + new string('a', 1_000_000));
        (await FetchAsync(Keys.ServiceAccount().ToJsonString())).Problem!.ShouldContain("has no token");
    }

    [Fact]
    public async Task An_unreachable_address_is_named()
    {
        _google.Raise = new HttpRequestException(HttpRequestError.NameResolutionError);
        (await FetchAsync(Keys.ServiceAccount().ToJsonString())).Problem.ShouldBe(
            "oauth2.googleapis.com cannot be reached (NameResolutionError). Check the network of the gateway.");
    }

    [Fact]
    public async Task VERTEX_TOKEN_URL_replaces_every_address()
    {
        _google.Answer(200, Good);
        _google.Answer(200, """{"accessToken":"ya29.account","expireTime":"2026-11-22T13:00:00Z"}""");
        await FetchAsync(Keys.Federation().ToJsonString(), new VertexSettings { ProjectId = "p", TokenUrl = new Uri("http://127.0.0.1:1/t") });
        _google.Requests.Select(r => r.Address).ShouldBe(["http://127.0.0.1:1/t", "http://127.0.0.1:1/t"]);
    }

    [Fact]
    public async Task Without_a_project_no_token_is_requested()
    {
        (await FetchAsync(Keys.ServiceAccount().ToJsonString(), new VertexSettings())).Problem!.ShouldStartWith("VERTEX_PROJECT is not set");
        _google.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_is_read_if_no_other_credential_is_set()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, Keys.User().ToJsonString());
            _google.Answer(200, Good);
            var exchange = Exchange(new VertexSettings { ProjectId = "p", CredentialsFile = path });
            exchange.Takes(Secret.Missing).ShouldBeTrue();
            var answer = await exchange.FetchAsync(Secret.Missing, default);
            (answer.Token, answer.Setting, answer.Origin).ShouldBe(("ya29.good", "GOOGLE_APPLICATION_CREDENTIALS", SecretOrigin.Setting));
        }
        finally
        {
            File.Delete(path);
        }
        (await Exchange(new VertexSettings { ProjectId = "p", CredentialsFile = path }).FetchAsync(Secret.Missing, default)).Problem
            .ShouldBe("the file of GOOGLE_APPLICATION_CREDENTIALS cannot be read (FileNotFoundException). Check its path and its permissions.");
    }

    [Fact]
    public void Only_credentials_are_exchanged_for_tokens()
    {
        var exchange = Exchange(new VertexSettings());
        exchange.Takes(Secret.Missing).ShouldBeFalse();
        exchange.Takes(Secret.Found("AIzaSy", "VERTEX_API_KEY")).ShouldBeFalse();
        exchange.Takes(Secret.Found("ya29.x", "VERTEX_API_KEY")).ShouldBeFalse();
        exchange.Takes(Secret.Found("AIzaSy", "VERTEX_CREDENTIALS")).ShouldBeFalse();
        exchange.Takes(Secret.Found("{", "VERTEX_CREDENTIALS")).ShouldBeTrue();
        exchange.Takes(Secret.Found("not-JSON", "VERTEX_CREDENTIALS")).ShouldBeTrue("it is damaged, and no key");
    }

    /// <summary>The key of an instance has any name.</summary>
    [Theory]
    [InlineData("AIzaSy", false)]
    [InlineData("AQ.x", false)]
    [InlineData("ya29.x-_~+/=", false)]
    [InlineData("sk-of-a-proxy", false)]
    [InlineData("""{"type":"service_account"}""", true)]
    [InlineData("\n  {", true)]
    [InlineData("'{}'", true)]
    [InlineData("-----BEGIN PRIVATE KEY-----", true)]
    public void The_value_shows_whether_it_is_a_credential(string key, bool isTaken) =>
        Exchange(new VertexSettings()).Takes(Secret.Found(key, "VERTEX_EU_KEY")).ShouldBe(isTaken);

    [Fact]
    public async Task A_problem_names_the_setting_of_an_instance()
    {
        var exchange = Exchange(new VertexSettings { ProjectId = "p" });
        (await exchange.FetchAsync(Secret.Found("{", "VERTEX_EU_CREDENTIALS"), default)).Problem!.ShouldStartWith("VERTEX_EU_CREDENTIALS is not valid JSON.");
        _google.Answer(200, Good);
        (await exchange.FetchAsync(Secret.Found(Keys.User().ToJsonString(), "VERTEX_EU_CREDENTIALS"), default)).Setting.ShouldBe("VERTEX_EU_CREDENTIALS");
    }

    private Task<TokenResponse> FetchAsync(string credential, VertexSettings? settings = null) =>
        Exchange(settings ?? new VertexSettings { ProjectId = "p" }).FetchAsync(Secret.Found(credential, "VERTEX_CREDENTIALS", SecretOrigin.KeyVault), default);

    private GoogleTokenExchange Exchange(VertexSettings settings) =>
        new(settings, new TokenMeans(() => new HttpMessageInvoker(_google), _time, OnAzure: true) { Entra = _entra.For });

    private static Dictionary<string, string> Form(string body) =>
        body.Split('&').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => WebUtility.UrlDecode(pair[1]));

    private sealed class FakeGoogle : HttpMessageHandler
    {
        private readonly Queue<(int Status, string Body)> _answers = new();

        public List<(string Address, string Body)> Requests { get; } = [];

        public List<string?> Bearers { get; } = [];

        public Exception? Raise { get; set; }

        public void Answer(int status, string body) => _answers.Enqueue((status, body));

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add((request.RequestUri!.OriginalString, await request.Content!.ReadAsStringAsync(cancellationToken)));
            Bearers.Add(request.Headers.Authorization?.ToString());
            if (Raise is { } raised) throw raised;
            var (status, body) = _answers.Dequeue();
            return new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        }
    }

    private sealed class FakeEntra : ITokenExchange
    {
        public List<string> Scopes { get; } = [];

        public string? Problem { get; set; }

        public string Issuer => "Microsoft Entra";

        public bool WantsKey => false;

        public FakeEntra For(string scope)
        {
            Scopes.Add(scope);
            return this;
        }

        public bool Takes(in Secret key) => true;

        public Task<TokenResponse> FetchAsync(Secret key, CancellationToken cancellationToken) =>
            Task.FromResult(Problem is { } problem ? TokenResponse.Failed(problem) : TokenResponse.Found("entra-token", DateTimeOffset.MaxValue, SecretOrigin.Entra));
    }
}
