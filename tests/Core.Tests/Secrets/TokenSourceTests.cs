using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Time.Testing;
using Nano.Secrets;
using Nano.Testing;

namespace Nano.Tests.Secrets;

/// <summary>Tokens instead of a key: fetched once, replaced before they expire, never used afterwards.</summary>
public sealed class TokenSourceTests
{
    private static readonly string[] Azure = ["AZURE_API_KEY"];

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    private readonly FakeCredential _credential = new();

    [Fact]
    public async Task A_token_is_fetched_on_first_use_and_cached()
    {
        var source = Source();
        _credential.Calls.ShouldBe(0);
        _credential.Next = () => Token("one", 60);
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => source.FindAsync(Azure, default).AsTask()));
        all.ShouldAllBe(secret => secret.Value == "one" && secret.Origin == SecretOrigin.Entra && secret.Setting == "AZURE_API_KEY");
        _credential.Calls.ShouldBe(1);
        _credential.Scopes.ShouldBe(["https://cognitiveservices.azure.com/.default"]);
        (await source.FindAsync(Azure, default)).Value.ShouldBe("one");
        _credential.Calls.ShouldBe(1);
    }

    [Fact]
    public async Task Near_its_end_it_is_replaced_in_the_background()
    {
        var source = Source();
        _credential.Next = () => Token("one", 60);
        await source.FindAsync(Azure, default);
        _credential.Next = () => Token("two", 120);
        _time.Advance(TimeSpan.FromMinutes(56));
        (await source.FindAsync(Azure, default)).Value.ShouldBe("one");
        await EventuallyAsync(source, "two");
        _credential.Calls.ShouldBe(2);
    }

    [Fact]
    public async Task The_token_determines_when_it_is_replaced()
    {
        var source = Source();
        _credential.Next = () => new AccessToken("one", _time.GetUtcNow().AddHours(24), _time.GetUtcNow().AddHours(12));
        await source.FindAsync(Azure, default);
        _credential.Next = () => Token("two", 60 * 48);
        _time.Advance(TimeSpan.FromHours(11));
        await source.FindAsync(Azure, default);
        _credential.Calls.ShouldBe(1);
        _time.Advance(TimeSpan.FromHours(2));
        await EventuallyAsync(source, "two");
    }

    [Fact]
    public async Task While_Entra_is_down_a_valid_token_is_used_and_an_expired_one_is_not()
    {
        var source = Source();
        _credential.Next = () => Token("one", 60);
        await source.FindAsync(Azure, default);
        _credential.Next = () => throw new AuthenticationFailedException("AADSTS700016: tenant secret-tenant");
        _time.Advance(TimeSpan.FromMinutes(56));
        (await source.FindAsync(Azure, default)).Value.ShouldBe("one");
        await source.Fetches;
        _time.Advance(TimeSpan.FromMinutes(4));

        var secret = await source.FindAsync(Azure, default);
        secret.Value.ShouldBeNull();
        secret.Unavailable.ShouldBe("signing in to Microsoft Entra failed (AADSTS700016). Check the identity that the gateway signs in with.");
        secret.RetryAfterSeconds.ShouldBe("10");
        // There is no immediate second call.
        var calls = _credential.Calls;
        await source.FindAsync(Azure, default);
        _credential.Calls.ShouldBe(calls);

        _credential.Next = () => Token("two", 120);
        _time.Advance(TimeSpan.FromSeconds(11));
        (await source.FindAsync(Azure, default)).Value.ShouldBe("two");
    }

    [Fact]
    public async Task A_missing_sign_in_is_reported_with_advice()
    {
        _credential.Next = () => throw new CredentialUnavailableException("long text about tools and accounts");
        (await Source().FindAsync(Azure, default)).Unavailable!.ShouldContain("az login");
    }

    private TokenSource Source() =>
        new(new SettingsSecretSource(new Dictionary<string, string> { ["AZURE_API_KEY"] = "k" }), "AZURE_API_KEY",
        () => new EntraExchange("https://cognitiveservices.azure.com/.default", () => _credential), _time);

    private AccessToken Token(string value, int minutes) => new(value, _time.GetUtcNow().AddMinutes(minutes));

    private static Task EventuallyAsync(TokenSource source, string token) =>
        Wait.UntilAsync(async () => (await source.FindAsync(Azure, default)).Value == token);

    private sealed class FakeCredential : TokenCredential
    {
        private int _calls;

        public Func<AccessToken> Next { get; set; } = () => throw new InvalidOperationException();

        public int Calls => _calls;

        public List<string> Scopes { get; } = [];

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _calls);
            Scopes.AddRange(requestContext.Scopes);
            await Task.Yield();
            return Next();
        }
    }
}
