using System.Security.Cryptography;
using FsCheck.Fluent;
using Microsoft.Extensions.Time.Testing;
using Nano.Access;
using Nano.Errors;

namespace Nano.Tests.Access;

/// <summary>Valid tokens, and all kinds of invalid ones.</summary>
public sealed class CallerTokensTests
{
    private const string GatewayKeyText = "the-gateways-own-key-0123456789";

    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] RightKey = HandmadeToken.SessionKey(GatewayKeyText);

    private readonly FakeTimeProvider _time = new(Now);
    private readonly KeyMaterial _key = new(GatewayKeyText);
    private readonly CallerTokens _tokens;

    public CallerTokensTests() => _tokens = new CallerTokens(_time);

    private async Task<CallerCheck> CheckAsync(string token)
    {
        // Like the authenticator: text that does not look like a token is not parsed.
        if (!TokenKey.LooksLikeToken(token)) return new CallerCheck(null, new GatewayError(GatewayErrorKind.Unauthenticated, 401, "no token") { Code = "invalid_api_key" });
        var check = await _tokens.CheckAsync(_key, token);
        (check.Caller is null).ShouldBe(check.Refused is not null);
        return check;
    }

    [Fact]
    public async Task A_minted_token_is_valid_for_its_claims_until_it_expires()
    {
        var minted = _tokens.Mint(_key, new TokenScope("openai", ["openai/gpt-a", "openai/gpt-b"], 30), TimeSpan.FromMinutes(15));
        var caller = (await CheckAsync(minted.Text)).Caller!;
        caller.IsOwner.ShouldBeFalse();
        caller.Scope!.Provider.ShouldBe("openai");
        caller.Scope.Models.ShouldBe(["openai/gpt-a", "openai/gpt-b"]);
        caller.Scope.RequestsPerMinute.ShouldBe(30);
        caller.ExpiresAt.ShouldBe(Now.AddMinutes(15));
        minted.ExpiresAt.ShouldBe(Now.AddMinutes(15));
    }

    [Fact]
    public void A_token_has_the_documented_claims_and_nothing_of_the_key()
    {
        var minted = _tokens.Mint(_key, new TokenScope("openai", null, null), TimeSpan.FromMinutes(1));
        var claims = HandmadeToken.Payload(minted.Text);
        claims.EnumerateObject().Select(m => m.Name).ShouldBe(["iss", "aud", "iat", "nbf", "exp", "jti", "provider"]);
        claims.GetProperty("iss").GetString().ShouldBe("nano");
        claims.GetProperty("aud").GetString().ShouldBe("nano-gateway");
        claims.GetProperty("exp").GetInt64().ShouldBe(Now.ToUnixTimeSeconds() + 60);
        minted.Text.ShouldNotContain(GatewayKeyText);
        minted.ToString().ShouldNotContain(minted.Text);
        _tokens.Mint(_key, new TokenScope("openai", null, null), TimeSpan.FromMinutes(1)).Text.ShouldNotBe(minted.Text, "each token has an id of its own");
    }

    /// <summary>The control for all tests below: handmade tokens without a defect are valid.</summary>
    [Fact]
    public async Task A_handmade_token_that_follows_the_documented_rules_is_valid()
    {
        (await CheckAsync(HandmadeToken.Signed(HandmadeToken.Claims(Now), RightKey))).Caller!.Name.ShouldBe("token:handmade");
        var cookie = HandmadeToken.Signed(HandmadeToken.Claims(Now, ("aud", "\"nano-panel\"")), HandmadeToken.CookieKey(GatewayKeyText));
        (await _tokens.CheckCookieAsync(_key, cookie)).Caller!.IsOwner.ShouldBeTrue();
    }

    public static TheoryData<string, string> Forgeries()
    {
        var good = HandmadeToken.Claims(Now);
        var token = HandmadeToken.Signed(good, RightKey);
        var parts = token.Split('.');
        using var rsa = RSA.Create(2048);
        var jwk = """{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""";
        return new TheoryData<string, string>
        {
            { "another provider written over it",
                $"{parts[0]}.{HandmadeToken.Base64("""{"iss":"nano","aud":"nano-gateway","exp":9999999999,"jti":"x","provider":"openai"}"""u8.ToArray())}.{parts[2]}" },
            { "another signature", $"{parts[0]}.{parts[1]}.{(parts[2][0] == 'A' ? 'B' : 'A')}{parts[2][1..]}" },
            { "half a signature", $"{parts[0]}.{parts[1]}.{parts[2][..20]}" },
            { "no signature", $"{parts[0]}.{parts[1]}." },
            { "no signature and no dot", $"{parts[0]}.{parts[1]}" },
            { "four parts", token + ".AAAA" },
            { "five parts, as an encrypted one has", token + ".AAAA.AAAA" },
            { "alg none", HandmadeToken.Signed(good, _ => [], """{"alg":"none","typ":"JWT"}""") },
            { "alg None", HandmadeToken.Signed(good, _ => [], """{"alg":"None","typ":"JWT"}""") },
            { "alg none with a good HMAC", HandmadeToken.Signed(good, RightKey, """{"alg":"none","typ":"JWT"}""") },
            { "no alg", HandmadeToken.Signed(good, RightKey, """{"typ":"JWT"}""") },
            { "HS512 by the right key", HandmadeToken.Signed(good, bytes => HMACSHA512.HashData(RightKey, bytes), """{"alg":"HS512","typ":"JWT"}""") },
            { "HS384 by the right key", HandmadeToken.Signed(good, bytes => HMACSHA384.HashData(RightKey, bytes), """{"alg":"HS384","typ":"JWT"}""") },
            { "said to be HS512, and is HS256", HandmadeToken.Signed(good, RightKey, """{"alg":"HS512","typ":"JWT"}""") },
            { "said to be RS256, and is HS256 (confused keys)", HandmadeToken.Signed(good, RightKey, """{"alg":"RS256","typ":"JWT"}""") },
            { "RS256 by a key of the forger's",
                HandmadeToken.Signed(good, bytes => rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), """{"alg":"RS256","typ":"JWT"}""") },
            { "HS256 by the forger's public key as text (confused keys)", HandmadeToken.Signed(good, rsa.ExportSubjectPublicKeyInfo()) },
            { "brings its own key in the header", HandmadeToken.Signed(good, new byte[32], "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"jwk\":" + jwk + "}") },
            { "names a key by an address", HandmadeToken.Signed(good, new byte[32], """{"alg":"HS256","typ":"JWT","kid":"../../dev/null","jku":"https://evil.example/keys"}""") },
            { "by the gateway's key itself, not derived", HandmadeToken.Signed(good, System.Text.Encoding.UTF8.GetBytes(GatewayKeyText)) },
            { "by the cookie's key", HandmadeToken.Signed(good, HandmadeToken.CookieKey(GatewayKeyText)) },
            { "by another gateway's key", HandmadeToken.Signed(good, HandmadeToken.SessionKey("another-gateways-key-0123456789")) },
            { "by an empty key", HandmadeToken.Signed(good, []) },
            { "another type", HandmadeToken.Signed(good, RightKey, """{"alg":"HS256","typ":"at+jwt"}""") },
            { "an unknown extension that must be understood", HandmadeToken.Signed(good, new byte[32], """{"alg":"HS256","typ":"JWT","crit":["x"],"x":1}""") },
            { "another issuer", HandmadeToken.Signed(HandmadeToken.Claims(Now, ("iss", "\"nano2\"")), RightKey) },
            { "no issuer", HandmadeToken.Signed(HandmadeToken.Claims(Now, ("iss", null)), RightKey) },
            { "another audience", HandmadeToken.Signed(HandmadeToken.Claims(Now, ("aud", "\"somebody\"")), RightKey) },
            { "the panel's audience", HandmadeToken.Signed(HandmadeToken.Claims(Now, ("aud", "\"nano-panel\"")), RightKey) },
            { "no audience", HandmadeToken.Signed(HandmadeToken.Claims(Now, ("aud", null)), RightKey) },
            { "no end", HandmadeToken.Signed(HandmadeToken.Claims(Now, ("exp", null)), RightKey) },
            { "an end in words", HandmadeToken.Signed(HandmadeToken.Claims(Now, ("exp", "\"tomorrow\"")), RightKey) },
            { "not valid before later", HandmadeToken.Signed(HandmadeToken.Claims(Now, ("nbf", $"{Now.ToUnixTimeSeconds() + 300}")), RightKey) },
            { "no provider", HandmadeToken.Signed(HandmadeToken.Claims(Now, ("provider", null)), RightKey) },
            { "an empty provider", HandmadeToken.Signed(HandmadeToken.Claims(Now, ("provider", "\"\"")), RightKey) },
            { "no id", HandmadeToken.Signed(HandmadeToken.Claims(Now, ("jti", null)), RightKey) },
            { "models that are an object", HandmadeToken.Signed(HandmadeToken.Claims(Now, ("models", "{}")), RightKey) },
            { "a limit in words", HandmadeToken.Signed(HandmadeToken.Claims(Now, ("rpm", "\"many\"")), RightKey) },
            { "claims that are a list", HandmadeToken.Signed("[]", RightKey) },
            { "claims that are no JSON", HandmadeToken.Signed("{", RightKey) },
            { "claims without an end of their depth", HandmadeToken.Signed("{\"a\":" + new string('[', 2000), RightKey) },
            { "a header that is no JSON", "eyJ" + token },
            { "characters that are not base64url", token.Replace('.', '!') },
            { "nothing but the beginning", "eyJ" },
            { "dots", "eyJ......" },
            { "a line break inside", token.Insert(20, "\n") },
            { "longer than any", HandmadeToken.Signed(HandmadeToken.Claims(Now, ("x", "\"" + new string('x', TokenKey.MaxLength) + "\"")), RightKey) },
        };
    }

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task Invalid_tokens_are_refused(string what, string token)
    {
        var check = await CheckAsync(token);
        check.Caller.ShouldBeNull(what);
        (check.Refused!.Status, check.Refused.Code).ShouldBe((401, "invalid_api_key"), what);
        _key.SessionTokens.Remembered.Count.ShouldBe(0, "what is refused is not remembered");
    }

    [Fact]
    public async Task A_token_with_any_changed_character_is_refused()
    {
        var token = _tokens.Mint(_key, new TokenScope("nano", null, null), TimeSpan.FromMinutes(15)).Text;
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ";
        // The last character of the signature has two unused bits.
        var change = Gen.Choose(0, token.Length - 2).SelectMany(at => Gen.Elements(alphabet.ToArray()).Where(c => c != token[at]).Select(c => token[..at] + c + token[(at + 1)..]));
        foreach (var altered in change.Sample(500, 1000)) (await CheckAsync(altered)).Caller.ShouldBeNull(altered);
        (await CheckAsync(token)).Caller.ShouldNotBeNull();
    }

    [Fact]
    public async Task An_expired_token_has_its_own_error_only_if_the_gateway_signed_it()
    {
        var stale = HandmadeToken.Claims(Now, ("exp", $"{Now.ToUnixTimeSeconds()}"));
        var expired = (await CheckAsync(HandmadeToken.Signed(stale, RightKey))).Refused!;
        (expired.Status, expired.Code).ShouldBe((401, "token_expired"));
        expired.Message.ShouldContain("expired");
        (await CheckAsync(HandmadeToken.Signed(stale, new byte[32]))).Refused!.Code.ShouldBe("invalid_api_key");
    }

    [Fact]
    public async Task A_token_expires_to_the_second_even_if_it_is_cached()
    {
        var token = _tokens.Mint(_key, new TokenScope("nano", null, null), TimeSpan.FromSeconds(60)).Text;
        (await CheckAsync(token)).Caller.ShouldNotBeNull();
        _key.SessionTokens.Remembered.Count.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(59));
        (await CheckAsync(token)).Caller.ShouldNotBeNull();
        _time.Advance(TimeSpan.FromSeconds(1));
        (await CheckAsync(token)).Refused!.Code.ShouldBe("token_expired");
        _key.SessionTokens.Remembered.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_cached_token_returns_the_same_caller_synchronously()
    {
        var token = _tokens.Mint(_key, new TokenScope("nano", null, null), TimeSpan.FromHours(1)).Text;
        var first = (await CheckAsync(token)).Caller;
        var again = _tokens.CheckAsync(_key, token);
        again.IsCompletedSuccessfully.ShouldBeTrue();
        (await again).Caller.ShouldBeSameAs(first);
    }

    [Fact]
    public async Task Another_instance_whose_clock_is_slightly_behind_accepts_it()
    {
        var token = _tokens.Mint(_key, new TokenScope("nano", null, null), TimeSpan.FromMinutes(15)).Text;
        var behind = new CallerTokens(new FakeTimeProvider(Now.AddSeconds(-30)));
        (await behind.CheckAsync(new KeyMaterial(GatewayKeyText), token)).Caller.ShouldNotBeNull();
    }

    [Fact]
    public async Task Another_gateway_key_invalidates_all_tokens_including_cached_ones()
    {
        var token = _tokens.Mint(_key, new TokenScope("nano", null, null), TimeSpan.FromHours(1)).Text;
        var cookie = _tokens.MintCookie(_key).Text;
        (await CheckAsync(token)).Caller.ShouldNotBeNull();
        (await _tokens.CheckCookieAsync(_key, cookie)).Caller.ShouldNotBeNull();
        var rotated = new KeyMaterial("another-gateways-key-0123456789");
        (await _tokens.CheckAsync(rotated, token)).Refused!.Code.ShouldBe("invalid_api_key");
        (await _tokens.CheckCookieAsync(rotated, cookie)).Refused!.Code.ShouldBe("invalid_api_key");
    }

    [Fact]
    public async Task A_cookie_is_not_a_token_and_a_token_is_not_a_cookie()
    {
        var token = _tokens.Mint(_key, new TokenScope("nano", null, null), TimeSpan.FromHours(1)).Text;
        var cookie = _tokens.MintCookie(_key);
        cookie.ExpiresAt.ShouldBe(Now.AddHours(8));
        (await _tokens.CheckAsync(_key, cookie.Text)).Caller.ShouldBeNull();
        (await _tokens.CheckCookieAsync(_key, token)).Caller.ShouldBeNull();
        (await _tokens.CheckCookieAsync(_key, cookie.Text)).Caller!.IsOwner.ShouldBeTrue();
        _time.Advance(TimeSpan.FromHours(8));
        (await _tokens.CheckCookieAsync(_key, cookie.Text)).Refused!.Code.ShouldBe("token_expired");
    }

    /// <summary>A token with a single model instead of a list may be read as a list of one, but never as no limit.</summary>
    [Theory]
    [InlineData("\"nano/echo\"")]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("[1,2]")]
    [InlineData("[null]")]
    [InlineData("null")]
    public async Task A_models_claim_never_means_no_limit(string models)
    {
        var check = await CheckAsync(HandmadeToken.Signed(HandmadeToken.Claims(Now, ("models", models)), RightKey));
        if (check.Caller is { } caller) caller.Scope!.Covers("nano", "nano/another").ShouldBeFalse();
    }

    [Fact]
    public async Task The_cache_of_callers_is_bounded_in_number_and_time()
    {
        var caller = Caller.OfToken("x", new TokenScope("nano", null, null), Now.AddHours(1));
        var remembered = new RememberedCallers();
        for (var i = 0; i < RememberedCallers.Capacity * 3; i++) remembered.Add($"eyJ{i}", caller, Now);
        remembered.Count.ShouldBeLessThanOrEqualTo(RememberedCallers.Capacity);
        remembered.Find($"eyJ{RememberedCallers.Capacity * 3 - 1}", Now).ShouldBeSameAs(caller);
        remembered.Find("eyJ-other", Now).ShouldBeNull();
        remembered.Find($"eyJ{RememberedCallers.Capacity * 3 - 1}", Now.AddMinutes(1)).ShouldBeNull("a minute is the end");
        await Task.CompletedTask;
    }
}
