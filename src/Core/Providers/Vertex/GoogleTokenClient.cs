using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Nano.Secrets;

namespace Nano.Providers.Vertex;

/// <summary>Calls Google's token services and describes failures in its own text, never with a key, a token or Google's message.</summary>
/// <remarks>
/// Not Google.Apis.Auth 1.78.0: it adds 1.4 MB (six assemblies, half of it Newtonsoft.Json) to the package for what this
/// folder does with the HTTP client and the JWT library that the gateway already has.
/// </remarks>
/// <param name="tokenUrl">Replaces all of Google's addresses; null to use those.</param>
/// <param name="entra">Returns an Entra token for a scope.</param>
internal sealed class GoogleTokenClient(Func<HttpMessageInvoker> network, TimeProvider time, Uri? tokenUrl, Func<string, ITokenExchange> entra)
{
    /// <summary>In bytes; a federation's token has up to 12 KB.</summary>
    private const int MaxResponse = 64 * 1024;

    private const int MaxToken = 16 * 1024;

    public TimeProvider Time => time;

    public Func<string, ITokenExchange> Entra => entra;

    public Uri At(Uri googles) => tokenUrl ?? googles;

    /// <param name="step">What is exchanged, as the object of "Google refused".</param>
    public Task<GoogleToken> PostAsync(string step, Uri address, KeyValuePair<string, string>[] form, CancellationToken cancellationToken) =>
        SendAsync(step, new HttpRequestMessage(HttpMethod.Post, address) { Content = new FormUrlEncodedContent(form) }, cancellationToken);

    /// <inheritdoc cref="PostAsync(string, Uri, KeyValuePair{string, string}[], CancellationToken)"/>
    public Task<GoogleToken> PostAsync(string step, Uri address, byte[] json, string bearer, CancellationToken cancellationToken)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, At(address)) { Content = new ByteArrayContent(json) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        message.Headers.TryAddWithoutValidation("Authorization", "Bearer " + bearer);
        return SendAsync(step, message, cancellationToken);
    }

    private async Task<GoogleToken> SendAsync(string step, HttpRequestMessage message, CancellationToken cancellationToken)
    {
        using (message)
        {
            message.Headers.TryAddWithoutValidation("User-Agent", "nano");
            try
            {
                using var response = await network().SendAsync(message, cancellationToken).ConfigureAwait(false);
                var body = await ReadAsync(response, cancellationToken).ConfigureAwait(false);
                var status = (int)response.StatusCode;
                return status is >= 200 and < 300 ? TokenIn(body, message.RequestUri!) : GoogleToken.Failed(Refusal(step, status, body));
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                return GoogleToken.Failed(
                    $"{message.RequestUri!.Authority} cannot be reached ({(e as HttpRequestException)?.HttpRequestError.ToString() ?? "it broke off"}). Check the network of the gateway.");
            }
        }
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var body = new byte[MaxResponse];
        var length = await stream.ReadAtLeastAsync(body, MaxResponse, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return body[..length];
    }

    /// <summary>The token in a response of OAuth (<c>access_token</c>, <c>expires_in</c>) or of the credentials API (<c>accessToken</c>, <c>expireTime</c>).</summary>
    private GoogleToken TokenIn(byte[] body, Uri address)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 8 });
            var root = document.RootElement;
            if (Text(root, "access_token") is { } token && IsToken(token) && root.TryGetProperty("expires_in", out var seconds) && seconds.TryGetInt32(out var lives) && lives > 0)
                return new GoogleToken(token, TimeSpan.FromSeconds(lives), null);
            if (Text(root, "accessToken") is { } account && IsToken(account)
                && DateTimeOffset.TryParse(Text(root, "expireTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end))
                return new GoogleToken(account, end - time.GetUtcNow(), null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // As below.
        }
        return GoogleToken.Failed($"the server at {address.Authority} is not Google's token service: its response has no token.");
    }

    /// <summary>Whether the text can be sent in a header.</summary>
    private static bool IsToken(string token) => token.Length is > 0 and <= MaxToken && token.All(c => c is > ' ' and <= '~');

    private static string Refusal(string step, int status, byte[] body)
    {
        if (status is 429 or >= 500) return $"Google's token service failed or is busy (status {status}). The gateway tries again.";
        var code = Code(body);
        var advice = code switch
        {
            "invalid_grant" => "It was revoked or has expired, its account was deleted, or this machine's clock is wrong.",
            "invalid_client" or "unauthorized_client" => "Its account is not known to Google, or may not do this.",
            "PERMISSION_DENIED" => "Give the role 'Workload Identity User' on the service account to the identity, and enable the IAM Service Account Credentials API.",
            _ => "Check the credential.",
        };
        return $"Google refused {step} (status {status}{(code is null ? "" : $", {code}")}). {advice}";
    }

    /// <summary>The error code of OAuth or Google only: the text beside it names accounts.</summary>
    private static string? Code(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("error", out var error)) return null;
            var code = error.ValueKind == JsonValueKind.Object ? Text(error, "status") : error.ValueKind == JsonValueKind.String ? error.GetString() : null;
            return code is { Length: > 0 and <= 40 } && code.All(c => char.IsAsciiLetter(c) || c == '_') ? code : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second exception is raised for half of a surrogate pair.
            return null;
        }
    }

    private static string? Text(JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
