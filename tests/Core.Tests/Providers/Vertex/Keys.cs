using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Nano.Tests.Providers.Vertex;

/// <summary>Credentials in Google's form, with a key that is generated for each run.</summary>
internal static class Keys
{
    public static RSA Rsa { get; } = RSA.Create(2048);

    public static string Pem { get; } = Rsa.ExportPkcs8PrivateKeyPem();

    public static JsonObject ServiceAccount() => new()
    {
        ["type"] = "service_account",
        ["project_id"] = "its-project",
        ["private_key_id"] = "key-1",
        ["private_key"] = Pem,
        ["client_email"] = "nano@its-project.iam.gserviceaccount.com",
        ["client_id"] = "1",
        ["token_uri"] = "https://oauth2.googleapis.com/token",
        ["universe_domain"] = "googleapis.com",
    };

    public static JsonObject User() => new()
    {
        ["type"] = "authorized_user", ["client_id"] = "id", ["client_secret"] = "secret-of-client", ["refresh_token"] = "secret-of-person", ["quota_project_id"] = "q",
    };

    public static JsonObject Federation() => new()
    {
        ["type"] = "external_account",
        ["audience"] = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
        ["subject_token_type"] = "urn:ietf:params:oauth:token-type:jwt",
        ["token_url"] = "https://sts.googleapis.com/v1/token",
        ["service_account_impersonation_url"] = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/nano@p.iam.gserviceaccount.com:generateAccessToken",
        ["credential_source"] = new JsonObject
        {
            ["url"] = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=api%3A%2F%2Fgoogle-pool",
            ["headers"] = new JsonObject { ["Metadata"] = "True" },
            ["format"] = new JsonObject { ["type"] = "json", ["subject_token_field_name"] = "access_token" },
        },
    };

    public static string With(this JsonObject credential, string member, JsonNode? value)
    {
        credential[member] = value;
        return credential.ToJsonString();
    }

    public static string Without(this JsonObject credential, string member)
    {
        credential.Remove(member);
        return credential.ToJsonString();
    }
}
