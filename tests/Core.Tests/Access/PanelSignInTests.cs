using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Nano.Access;
using Nano.Configuration;
using Nano.Governance;
using Nano.State;
using Nano.Tests.State;

namespace Nano.Tests.Access;

/// <summary>The panel's cookies, the claims of session tokens, and which of several credentials of a request decides.</summary>
public sealed class PanelSignInTests
{
    private const string GatewayKeyText = "the-gateways-own-key-0123456789";

    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Now);
    private readonly KeyMaterial _key = new(GatewayKeyText);
    private readonly CallerTokens _tokens;

    public PanelSignInTests() => _tokens = new CallerTokens(_time);

    [Fact]
    public async Task A_browser_is_recognized_for_90_days_by_its_own_cookie_alone()
    {
        var minted = _tokens.MintBrowser(_key);
        minted.ExpiresAt.ShouldBe(Now.AddDays(90));
        var id = await _tokens.FindBrowserAsync(_key, minted.Text);
        id.ShouldBe(HandmadeToken.Payload(minted.Text).GetProperty("jti").GetString());
        (await _tokens.FindBrowserAsync(_key, _tokens.MintBrowser(_key).Text)).ShouldNotBe(id);
        foreach (var other in (string?[])[null, "", "eyJ", "x" + minted.Text, minted.Text[..^2], _tokens.MintCookie(_key).Text,
            _tokens.Mint(_key, new TokenScope("nano", null, null), TimeSpan.FromHours(1)).Text])
            (await _tokens.FindBrowserAsync(_key, other)).ShouldBeNull(other);
        (await _tokens.FindBrowserAsync(new KeyMaterial("another-gateways-key-0123456789"), minted.Text)).ShouldBeNull();
        (await _tokens.CheckCookieAsync(_key, minted.Text)).Caller.ShouldBeNull("it grants no access");
        (await _tokens.CheckAsync(_key, minted.Text)).Caller.ShouldBeNull();
        _time.SetUtcNow(Now.AddDays(90).AddSeconds(-1));
        (await _tokens.FindBrowserAsync(_key, minted.Text)).ShouldBe(id);
        _time.Advance(TimeSpan.FromSeconds(1));
        (await _tokens.FindBrowserAsync(_key, minted.Text)).ShouldBeNull();
    }

    [Fact]
    public async Task A_panel_sign_in_that_is_over_has_its_own_error()
    {
        var cookie = _tokens.MintCookie(_key).Text;
        (await _tokens.CheckCookieAsync(_key, "no-token")).Refused!.Message.ShouldStartWith("You are signed out.");
        (await _tokens.CheckCookieAsync(_key, cookie[..^4])).Refused!.Message.ShouldStartWith("You are signed out.");
        var first = (await _tokens.CheckCookieAsync(_key, cookie)).Caller!;
        (first.IsOwner, first.ExpiresAt).ShouldBe((true, Now.AddHours(8)));
        var again = _tokens.CheckCookieAsync(_key, cookie);
        again.IsCompletedSuccessfully.ShouldBeTrue("it was checked a moment ago");
        (await again).Caller.ShouldBeSameAs(first);
        _time.Advance(TimeSpan.FromHours(8));
        var refused = (await _tokens.CheckCookieAsync(_key, cookie)).Refused!;
        (refused.Status, refused.Code).ShouldBe((401, "token_expired"));
        refused.Message.ShouldStartWith("Your sign-in has expired.");
    }

    /// <summary>Clocks of instances differ by at most a minute.</summary>
    [Theory]
    [InlineData(60, true)]
    [InlineData(61, false)]
    public async Task A_token_from_the_future_is_valid_within_a_minute(int seconds, bool isValid)
    {
        var token = HandmadeToken.Signed(HandmadeToken.Claims(Now, ("nbf", $"{Now.ToUnixTimeSeconds() + seconds}")), HandmadeToken.SessionKey(GatewayKeyText));
        var (caller, refused) = await _tokens.CheckAsync(_key, token);
        (caller is not null).ShouldBe(isValid);
        if (!isValid) refused!.Message.ShouldBe("The session token is not valid yet.");
    }

    [Fact]
    public async Task A_minted_token_has_all_limits_of_its_scope()
    {
        var rule = new CacheRule(60, 120, CacheRule.Key, true);
        var minted = _tokens.Mint(_key, new TokenScope("openai", ["openai/gpt-a"], 30) { Cache = rule }, TimeSpan.FromMinutes(15));
        var claims = HandmadeToken.Payload(minted.Text);
        claims.EnumerateObject().Select(member => member.Name).ShouldBe(["iss", "aud", "iat", "nbf", "exp", "jti", "provider", "models", "rpm", "cache"]);
        (claims.GetProperty("nbf").GetInt64(), claims.GetProperty("exp").GetInt64(), claims.GetProperty("jti").GetString()!.Length)
            .ShouldBe((Now.ToUnixTimeSeconds(), Now.ToUnixTimeSeconds() + 900, 16));
        var scope = (await _tokens.CheckAsync(_key, minted.Text)).Caller!.Scope!;
        (scope.Provider, scope.RequestsPerMinute, scope.Cache).ShouldBe(("openai", 30, rule));
        scope.Models.ShouldBe(["openai/gpt-a"]);
        scope = (await _tokens.CheckAsync(_key, _tokens.Mint(_key, new TokenScope("openai", null, null), TimeSpan.FromMinutes(1)).Text)).Caller!.Scope!;
        (scope.Models, scope.RequestsPerMinute, scope.Cache).ShouldBe((null, null, null));
    }

    [Fact]
    public void Callers_are_remembered_for_a_minute_and_not_past_the_end_of_their_token()
    {
        var remembered = new RememberedCallers();
        var scope = new TokenScope("nano", null, null);
        var (lasting, brief) = (Caller.OfToken("a", scope, Now.AddMinutes(1)), Caller.OfToken("b", scope, Now.AddSeconds(10)));
        remembered.Add("a", lasting, Now);
        remembered.Add("a", lasting, Now);
        remembered.Add("b", brief, Now);
        remembered.Count.ShouldBe(2);
        (remembered.Find("a", Now.AddSeconds(59.9)), remembered.Find("b", Now.AddSeconds(9.9))).ShouldBe((lasting, brief));
        (remembered.Find("b", Now.AddSeconds(10)), remembered.Count).ShouldBe((null, 1));
        (remembered.Find("a", Now.AddSeconds(60)), remembered.Count).ShouldBe((null, 0));
        // What has ended makes room.
        for (var i = 0; i < RememberedCallers.Capacity; i++) remembered.Add($"{i}", lasting, Now);
        remembered.Count.ShouldBe(RememberedCallers.Capacity);
        remembered.Find("0", Now).ShouldBeSameAs(lasting);
        remembered.Add("more", lasting, Now);
        remembered.Count.ShouldBe(1);
        remembered.Find("more", Now).ShouldBeSameAs(lasting);
    }

    [Theory]
    [InlineData(true, "nano_session=t; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict; Secure")]
    [InlineData(false, "nano_session=t; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict")]
    public void Cookies_are_for_this_site_and_not_for_scripts(bool isSecure, string cookie)
    {
        PanelCookie.Set("t", CallerTokens.SignInLifetime, isSecure).ShouldBe(cookie);
        PanelCookie.SetBrowser("t", CallerTokens.BrowserLifetime, isSecure)
            .ShouldBe(cookie.Replace("nano_session=t; Path=/; Max-Age=28800", "nano_browser=t; Path=/api/session; Max-Age=7776000"));
        PanelCookie.Clear(isSecure).ShouldBe(cookie.Replace("=t; Path=/; Max-Age=28800", "=; Path=/; Max-Age=0"));
    }

    [Theory]
    [InlineData("nano_browser=b", "b")]
    [InlineData("nano_session=s; nano_browser=b", "b")]
    [InlineData("nano_session=s", null)]
    public void The_cookie_of_a_browser_needs_no_header(string cookie, string? value) => PanelCookie.OfBrowser(new HeaderDictionary { ["Cookie"] = cookie }).ShouldBe(value);

    [Theory]
    [InlineData(6144, true)]
    [InlineData(6145, false)]
    public void A_token_has_at_most_6_KiB(int length, bool isToken) => TokenKey.LooksLikeToken("eyJ" + new string('x', length - 3)).ShouldBe(isToken);

    /// <summary>A client may send several credentials: the gateway's key in any header, else the first that is a credential.</summary>
    [Fact]
    public async Task The_gateways_key_in_any_header_decides()
    {
        var authenticator = Authenticator();
        var token = _tokens.Mint(_key, new TokenScope("openai", null, null), TimeSpan.FromHours(1)).Text;
        var second = _tokens.Mint(_key, new TokenScope("xai", null, null), TimeSpan.FromHours(1)).Text;
        foreach (var header in (string[])["Authorization", "x-api-key", "api-key", "x-goog-api-key"])
        {
            var headers = new HeaderDictionary { ["Authorization"] = "Bearer " + token, ["x-api-key"] = token, ["api-key"] = token, ["x-goog-api-key"] = token };
            headers[header] = header == "Authorization" ? "Bearer " + GatewayKeyText : GatewayKeyText;
            (await CheckAsync(headers)).Caller!.IsOwner.ShouldBeTrue(header);
        }
        (await CheckAsync(new HeaderDictionary { ["Authorization"] = "Bearer " + token, ["x-api-key"] = second })).Caller!.Scope!.Provider.ShouldBe("openai");
        (await CheckAsync(new HeaderDictionary { ["x-api-key"] = "placeholder", ["api-key"] = second })).Caller!.Scope!.Provider.ShouldBe("xai");

        ValueTask<CallerCheck> CheckAsync(HeaderDictionary headers) => authenticator.CheckAsync(headers, CancellationToken.None);
    }

    [Fact]
    public async Task A_cookie_is_read_only_if_no_key_is_sent()
    {
        var (authenticator, cookie) = (Authenticator(), "nano_session=" + _tokens.MintCookie(_key).Text);
        (await CheckAsync(new HeaderDictionary { ["Cookie"] = cookie, ["x-nano-panel"] = "1" })).Caller!.IsOwner.ShouldBeTrue();
        (await CheckAsync(new HeaderDictionary { ["Cookie"] = cookie })).Refused!.Message.ShouldStartWith("No API key was given.");
        (await CheckAsync(new HeaderDictionary { ["Cookie"] = cookie, ["x-nano-panel"] = "1", ["api-key"] = "wrong" })).Refused!.Message
            .ShouldStartWith("The API key is not this gateway's key.");

        ValueTask<CallerCheck> CheckAsync(HeaderDictionary headers) => authenticator.CheckAsync(headers, CancellationToken.None);
    }

    [Fact]
    public async Task A_virtual_key_is_checked_where_there_is_a_store()
    {
        var store = new StateStore(() => new MemoryEngine(), TimeSpan.FromMinutes(1), _time);
        var secret = await store.Keys.CreateSecretAsync(default);
        var key = VirtualKey.Create(secret);
        var record = new KeyRecord { Id = "key_1", Hash = VirtualKey.HashOf(secret, key), Hint = VirtualKey.HintOf(key), Organization = "acme", CreatedAt = Now };
        await store.Keys.AddAsync(record, default);
        var keys = new VirtualKeys(store, _time);
        var headers = new HeaderDictionary { ["api-key"] = key };
        (await Authenticator(keys).CheckAsync(headers, CancellationToken.None)).Caller!.Name.ShouldBe("key:key_1");
        (await Authenticator().CheckAsync(headers, CancellationToken.None)).Refused!.Message.ShouldStartWith("The API key is not this gateway's key.");
        var none = new VirtualKeys(new StateStore(null, TimeSpan.FromMinutes(1), _time), _time);
        (await Authenticator(none).CheckAsync(headers, CancellationToken.None)).Refused!.Message.ShouldStartWith("The API key is not this gateway's key.");
        (await none.CheckAsync(key)).Refused!.Code.ShouldBe("invalid_api_key");

        // A change by an administrator takes effect on this instance at once.
        var authenticator = Authenticator(keys);
        await store.Keys.ChangeAsync("key_1", known => known with { IsDisabled = true }, default);
        (await authenticator.CheckAsync(headers, CancellationToken.None)).Caller.ShouldNotBeNull();
        authenticator.Forget();
        var refused = (await authenticator.CheckAsync(headers, CancellationToken.None)).Refused!;
        (refused.Status, refused.Code).ShouldBe((401, "key_disabled"));
    }

    private CallerAuthenticator Authenticator(VirtualKeys? keys = null) => new(new GatewayKey(new GatewayOptions { ApiKey = GatewayKeyText }), _tokens, keys);
}
