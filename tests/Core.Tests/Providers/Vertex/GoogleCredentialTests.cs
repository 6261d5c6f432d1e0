using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Nano.Providers.Vertex;

namespace Nano.Tests.Providers.Vertex;

/// <summary>An error in a credential names the member and the remedy, and never contains any of its text.</summary>
public sealed class GoogleCredentialTests
{
    public static TheoryData<string, string, string> Wrong => new()
    {
        { "no JSON", "{\"type\": \"service_account\"", "VERTEX_CREDENTIALS is not valid JSON. Was the file copied whole, and are its quotes kept?" },
        { "a path", "/home/ann/key.json",
            "VERTEX_CREDENTIALS is not a service account's JSON key: it must be the text of the file, which begins with a brace. The path of a file goes into GOOGLE_APPLICATION_CREDENTIALS, an API key into VERTEX_API_KEY." },
        { "an array", "[1]", "VERTEX_CREDENTIALS is not a service account's JSON key: it must be the text of the file, which begins with a brace. The path of a file goes into GOOGLE_APPLICATION_CREDENTIALS, an API key into VERTEX_API_KEY." },
        { "nothing in it", "{}", "VERTEX_CREDENTIALS is not a service account's JSON key: member type is missing." },
        { "another type", "{\"type\":\"gdch_service_account\"}",
            "VERTEX_CREDENTIALS is not a service account's JSON key: member type is none that Nano knows: service_account, authorized_user or external_account." },
        { "no key", Keys.ServiceAccount().Without("private_key"), "VERTEX_CREDENTIALS is not a service account's JSON key: member private_key is missing." },
        { "an empty key", Keys.ServiceAccount().With("private_key", ""), "VERTEX_CREDENTIALS is not a service account's JSON key: member private_key is missing." },
        { "a number for a key", Keys.ServiceAccount().With("private_key", 7), "VERTEX_CREDENTIALS is not a service account's JSON key: member private_key is missing." },
        { "no PEM", Keys.ServiceAccount().With("private_key", "secret-text"),
            "VERTEX_CREDENTIALS is not a service account's JSON key: member private_key is no private RSA key in PEM form (-----BEGIN PRIVATE KEY-----), or was not copied whole." },
        { "half a PEM", Keys.ServiceAccount().With("private_key", Keys.Pem[..800]),
            "VERTEX_CREDENTIALS is not a service account's JSON key: member private_key is no private RSA key in PEM form (-----BEGIN PRIVATE KEY-----), or was not copied whole." },
        { "a public key", Keys.ServiceAccount().With("private_key", Keys.Rsa.ExportSubjectPublicKeyInfoPem()),
            "VERTEX_CREDENTIALS is not a service account's JSON key: member private_key is no private RSA key in PEM form (-----BEGIN PRIVATE KEY-----), or was not copied whole." },
        { "another kind of key", Keys.ServiceAccount().With("private_key", ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportPkcs8PrivateKeyPem()),
            "VERTEX_CREDENTIALS is not a service account's JSON key: member private_key is no private RSA key in PEM form (-----BEGIN PRIVATE KEY-----), or was not copied whole." },
        { "a short key", Keys.ServiceAccount().With("private_key", RSA.Create(1024).ExportPkcs8PrivateKeyPem()),
            "VERTEX_CREDENTIALS is not a service account's JSON key: member private_key is an RSA key of less than 2048 bits." },
        { "no account", Keys.ServiceAccount().Without("client_email"), "VERTEX_CREDENTIALS is not a service account's JSON key: member client_email is missing." },
        { "tokens from a stranger", Keys.ServiceAccount().With("token_uri", "https://oauth2.googleapis.com.evil.example/token"),
            "VERTEX_CREDENTIALS is not a service account's JSON key: member token_uri is no address of Google's (https, under googleapis.com); VERTEX_TOKEN_URL names another." },
        { "tokens in the clear", Keys.ServiceAccount().With("token_uri", "http://oauth2.googleapis.com/token"),
            "VERTEX_CREDENTIALS is not a service account's JSON key: member token_uri is no address of Google's (https, under googleapis.com); VERTEX_TOKEN_URL names another." },
        { "tokens at another port", Keys.ServiceAccount().With("token_uri", "https://oauth2.googleapis.com:8443/token"),
            "VERTEX_CREDENTIALS is not a service account's JSON key: member token_uri is no address of Google's (https, under googleapis.com); VERTEX_TOKEN_URL names another." },
        { "tokens by another name", Keys.ServiceAccount().With("token_uri", "https://ann@oauth2.googleapis.com/token"),
            "VERTEX_CREDENTIALS is not a service account's JSON key: member token_uri is no address of Google's (https, under googleapis.com); VERTEX_TOKEN_URL names another." },
        { "a domain that ends alike", Keys.ServiceAccount().With("token_uri", "https://notgoogleapis.com/token"),
            "VERTEX_CREDENTIALS is not a service account's JSON key: member token_uri is no address of Google's (https, under googleapis.com); VERTEX_TOKEN_URL names another." },
        { "a person without a token", Keys.User().Without("refresh_token"), "VERTEX_CREDENTIALS is not a person's sign-in to Google: member refresh_token is missing." },
        { "a federation without a source", Keys.Federation().Without("credential_source"),
            "VERTEX_CREDENTIALS is not a workload identity federation: member credential_source.url is missing." },
        { "a federation with a file", Keys.Federation().With("credential_source", new JsonObject { ["file"] = "/token" }),
            "VERTEX_CREDENTIALS is not a workload identity federation: member credential_source.url is missing." },
        { "a federation with AWS", Keys.Federation().With("credential_source", new JsonObject { ["url"] = "http://169.254.169.254/latest/meta-data/iam/security-credentials" }),
            "VERTEX_CREDENTIALS is not a workload identity federation: member credential_source.url is none of Azure's (resource=...), and others are not supported. Make it with 'gcloud iam workload-identity-pools create-cred-config ... --azure --app-id-uri=...'." },
        { "a federation with a stranger", Keys.Federation().With("token_url", "https://sts.evil.example/v1/token"),
            "VERTEX_CREDENTIALS is not a workload identity federation: member token_url is no address of Google's (https, under googleapis.com); VERTEX_TOKEN_URL names another." },
        { "an account of a stranger's", Keys.Federation().With("service_account_impersonation_url", "https://evil.example/token"),
            "VERTEX_CREDENTIALS is not a workload identity federation: member service_account_impersonation_url is no address of Google's (https, under googleapis.com); VERTEX_TOKEN_URL names another." },
        { "too deep", Keys.ServiceAccount().With("more", JsonNode.Parse(new string('[', 20) + new string(']', 20))),
            "VERTEX_CREDENTIALS is not valid JSON. Was the file copied whole, and are its quotes kept?" },
        { "too long", "{" + new string(' ', 70_000) + "}", "VERTEX_CREDENTIALS is not a Google credential: it is too long." },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_invalid_credential_is_reported_with_its_problem(string what, string text, string problem)
    {
        var (credential, found) = GoogleCredential.Read(text, "VERTEX_CREDENTIALS");
        found.ShouldBe(problem, what);
        credential.ShouldBeNull();
    }

    [Fact]
    public void Valid_credentials_of_each_kind_are_read()
    {
        Read(Keys.ServiceAccount().ToJsonString()).ShouldBeOfType<ServiceAccount>().ProjectId.ShouldBe("its-project");
        Read("\n  " + Keys.ServiceAccount().ToJsonString(new() { WriteIndented = true })).ShouldBeOfType<ServiceAccount>();
        Read(Keys.ServiceAccount().With("token_uri", "https://accounts.google.com/o/oauth2/token")).ShouldBeOfType<ServiceAccount>().TokenUri.Host.ShouldBe("accounts.google.com");
        Read(Keys.ServiceAccount().With("private_key", Keys.Rsa.ExportRSAPrivateKeyPem())).ShouldBeOfType<ServiceAccount>();
        Read(Keys.User().ToJsonString()).ShouldBeOfType<AuthorizedUser>();
        Read(Keys.Federation().ToJsonString()).ShouldBeOfType<ExternalAccount>().EntraScope.ShouldBe("api://google-pool/.default");
        Read(Keys.Federation().Without("service_account_impersonation_url")).ShouldBeOfType<ExternalAccount>().Impersonation.ShouldBeNull();
    }

    /// <summary>A shell or a form may escape a JSON file's line breaks.</summary>
    [Fact]
    public void Escaped_line_breaks_are_line_breaks() =>
        Read(Keys.ServiceAccount().With("private_key", Keys.Pem.ReplaceLineEndings("\\n"))).ShouldBeOfType<ServiceAccount>();

    [Fact]
    public void It_never_exposes_its_secrets()
    {
        foreach (var text in new[] { Keys.ServiceAccount().ToJsonString(), Keys.User().ToJsonString(), Keys.Federation().ToJsonString() })
            Read(text).ToString().Length.ShouldBeLessThan(20);
    }

    private static GoogleCredential Read(string text)
    {
        var (credential, problem) = GoogleCredential.Read(text, "x");
        problem.ShouldBeNull();
        return credential!;
    }
}
