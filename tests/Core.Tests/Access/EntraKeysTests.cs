using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Nano.Access.Entra;
using Nano.Configuration;

namespace Nano.Tests.Access;

/// <summary>The keys of Entra ID: which documents and keys are accepted, and when they are read again.</summary>
public sealed class EntraKeysTests
{
    private const string Authority = "https://login.test";

    private static readonly string Modulus = Base64Url.EncodeToString(RSA.Create(2048).ExportParameters(false).Modulus!);

    private readonly FakeTimeProvider _time = new();
    private readonly Documents _documents = new();
    private readonly EntraKeys _keys;

    public EntraKeysTests()
    {
        var network = new HttpMessageInvoker(_documents);
        _keys = new EntraKeys(new EntraOptions("contoso.test", ["api://nano"], Authority), () => network, _time);
    }

    [Fact]
    public async Task Keys_that_sign_are_known_by_their_ids_with_the_issuers_of_both_versions()
    {
        _documents.Keys =
            [Key("a"), Key("b", use: null), Key("c", use: "enc"), Key("", use: "sig"), new { kty = "oct", kid = "d", k = "AAAA" }, new { kty = "RSA", n = Modulus, e = "AQAB" }];
        var set = await _keys.FindAsync("a");
        set.Keys.Keys.ShouldBe(["a", "b"], ignoreOrder: true);
        set.Issuers.ShouldBe([$"{Authority}/contoso.test/v2.0", $"{Authority}/contoso.test"]);
        _documents.Asked.ShouldBe(
        [
            $"{Authority}/contoso.test/v2.0/.well-known/openid-configuration", $"{Authority}/contoso.test/v2.0/keys",
            $"{Authority}/contoso.test/.well-known/openid-configuration", $"{Authority}/contoso.test/keys",
        ]);
        (await _keys.FindAsync("a")).ShouldBeSameAs(set);
        _documents.Asked.Count.ShouldBe(4);
    }

    public static TheoryData<string, string> Broken => new()
    {
        { "no object", "[]" },
        { "no JSON", "<html>" },
        { "no issuer", """{"jwks_uri":"https://login.test/k"}""" },
        { "an empty issuer", """{"issuer":"","jwks_uri":"https://login.test/k"}""" },
        { "an issuer that is not a text", """{"issuer":7,"jwks_uri":"https://login.test/k"}""" },
        { "no keys", """{"issuer":"https://login.test"}""" },
        { "a relative address", """{"issuer":"https://login.test","jwks_uri":"/k"}""" },
        { "an unencrypted address", """{"issuer":"https://login.test","jwks_uri":"http://login.test/k"}""" },
    };

    [Theory, MemberData(nameof(Broken))]
    public async Task A_document_that_proves_nothing_is_not_used(string what, string document)
    {
        _documents.Configuration = document;
        (await Should.ThrowAsync<EntraUnavailableException>(async () => await _keys.FindAsync("a"))).ShouldNotBeNull(what);
        _documents.Asked.Count.ShouldBe(1, what);
    }

    [Theory]
    [InlineData(1024 * 1024, true)]
    [InlineData(1024 * 1024 + 1, false)]
    public async Task A_document_has_at_most_a_megabyte(int length, bool isRead)
    {
        _documents.KeysLength = length;
        if (isRead) (await _keys.FindAsync("a")).Keys.Count.ShouldBe(1);
        else await Should.ThrowAsync<EntraUnavailableException>(async () => await _keys.FindAsync("a"));
    }

    [Fact]
    public async Task After_a_failure_nothing_is_read_for_two_seconds()
    {
        _documents.Status = HttpStatusCode.InternalServerError;
        await Should.ThrowAsync<EntraUnavailableException>(async () => await _keys.FindAsync("a"));
        _time.Advance(TimeSpan.FromSeconds(1.9));
        await Should.ThrowAsync<EntraUnavailableException>(async () => await _keys.FindAsync("a"));
        _documents.Asked.Count.ShouldBe(1);
        _documents.Status = HttpStatusCode.OK;
        _time.Advance(TimeSpan.FromSeconds(0.1));
        (await _keys.FindAsync("a")).Keys.Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_unknown_key_is_looked_up_at_most_every_ten_seconds_and_a_failure_leaves_the_known_ones()
    {
        var set = await _keys.FindAsync("a");
        (await _keys.FindAsync("x")).ShouldBeSameAs(set, "they were read a moment ago");
        _time.Advance(EntraKeys.UnknownPause - TimeSpan.FromTicks(1));
        (await _keys.FindAsync("x")).ShouldBeSameAs(set);
        _documents.Asked.Count.ShouldBe(4);
        _time.Advance(TimeSpan.FromTicks(1));
        var newer = await _keys.FindAsync("x");
        newer.ShouldNotBeSameAs(set);
        _documents.Asked.Count.ShouldBe(8);
        _time.Advance(EntraKeys.UnknownPause);
        _documents.Status = HttpStatusCode.ServiceUnavailable;
        (await _keys.FindAsync("x")).ShouldBeSameAs(newer);
        _documents.Asked.Count.ShouldBe(9);
    }

    [Fact]
    public async Task Known_keys_are_read_again_after_an_hour_and_used_for_at_most_a_day()
    {
        var set = await _keys.FindAsync("a");
        _time.Advance(EntraKeys.RefreshAge - TimeSpan.FromTicks(1));
        (await _keys.FindAsync("a")).ShouldBeSameAs(set);
        _documents.Asked.Count.ShouldBe(4);
        _documents.Status = HttpStatusCode.ServiceUnavailable;
        _time.Advance(TimeSpan.FromTicks(1));
        (await _keys.FindAsync("a")).ShouldBeSameAs(set, "the new ones are read in the background");
        await Testing.Wait.UntilAsync(() => _documents.Asked.Count == 5);
        _time.Advance(EntraKeys.MaxAge - EntraKeys.RefreshAge - TimeSpan.FromTicks(1));
        (await _keys.FindAsync("a")).ShouldBeSameAs(set);
        await Testing.Wait.UntilAsync(() => _documents.Asked.Count == 6);
        _time.Advance(TimeSpan.FromSeconds(2));
        await Should.ThrowAsync<EntraUnavailableException>(async () => await _keys.FindAsync("a"));
    }

    private static object Key(string id, string? use = "sig") => new { kty = "RSA", use, kid = id, n = Modulus, e = "AQAB" };

    private sealed class Documents : HttpMessageHandler
    {
        private readonly Lock _lock = new();
        private readonly List<string> _asked = [];

        public IReadOnlyList<string> Asked
        {
            get { lock (_lock) return [.. _asked]; }
        }

        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

        public object[] Keys { get; set; } = [Key("a")];

        /// <summary>Null for a valid one.</summary>
        public string? Configuration { get; set; }

        /// <summary>Bytes of the document with the keys; 0 for what it needs.</summary>
        public int KeysLength { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var address = request.RequestUri!.AbsoluteUri;
            lock (_lock) _asked.Add(address);
            var at = address.IndexOf("/.well-known", StringComparison.Ordinal);
            var json = at < 0 ? JsonSerializer.Serialize(new { keys = Keys }).PadRight(KeysLength)
                : Configuration ?? JsonSerializer.Serialize(new { issuer = address[..at], jwks_uri = address[..at] + "/keys" });
            return Task.FromResult(new HttpResponseMessage(Status) { Content = new StringContent(json) });
        }
    }
}
