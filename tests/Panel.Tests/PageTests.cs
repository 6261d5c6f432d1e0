using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Nano.Panel.Tests.Browser;

namespace Nano.Panel.Tests;

/// <summary>How the page and its assets are served.</summary>
public sealed partial class PageTests(PanelFixture gateway) : IClassFixture<PanelFixture>
{
    private const int MaxFirstLoad = 100 * 1024;

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task The_first_load_is_small(string encoding)
    {
        var total = 0L;
        var addresses = Assets(await PageTextAsync()).ToList();
        addresses.Count.ShouldBeGreaterThan(20);
        foreach (var address in addresses.Prepend("access"))
        {
            using var response = await GetAsync(address, encoding);
            response.StatusCode.ShouldBe(HttpStatusCode.OK, address);
            response.Content.Headers.ContentEncoding.ShouldBe([encoding], address);
            total += (await response.Content.ReadAsByteArrayAsync()).Length;
        }
        total.ShouldBeLessThan(MaxFirstLoad);
    }

    [Fact]
    public async Task An_import_is_an_asset_that_the_page_preloads()
    {
        var announced = Assets(await PageTextAsync()).Select(address => "/" + address).ToHashSet();
        foreach (var module in announced.Where(address => address.EndsWith(".js", StringComparison.Ordinal)))
        {
            var text = await gateway.Client.GetStringAsync(module);
            foreach (Match import in Import().Matches(text))
                announced.ShouldContain(new Uri(new Uri("http://x" + module), import.Groups[1].Value).AbsolutePath, $"imported by {module}");
        }
    }

    /// <summary>Modules that are loaded on first use exist, with all their imports.</summary>
    [Fact]
    public async Task A_module_on_demand_is_an_asset()
    {
        var known = Assets(await PageTextAsync()).Select(address => "/" + address).ToHashSet();
        var waiting = new Queue<string>();
        foreach (var module in known.Where(address => address.EndsWith(".js", StringComparison.Ordinal)).ToList())
            foreach (Match import in ImportOnDemand().Matches(await gateway.Client.GetStringAsync(module)))
                waiting.Enqueue(new Uri(new Uri("http://x" + module), import.Groups[1].Value).AbsolutePath);
        waiting.Count.ShouldBe(3);
        while (waiting.TryDequeue(out var module))
        {
            if (!known.Add(module)) continue;
            using var response = await GetAsync(module);
            response.StatusCode.ShouldBe(HttpStatusCode.OK, module);
            response.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
            foreach (Match import in Import().Matches(await response.Content.ReadAsStringAsync()))
                waiting.Enqueue(new Uri(new Uri("http://x" + module), import.Groups[1].Value).AbsolutePath);
        }
    }

    [Theory]
    [InlineData("br, gzip", "br")]
    [InlineData("gzip, deflate", "gzip")]
    [InlineData("br;q=0, gzip", "gzip")]
    [InlineData("BR", "br")]
    [InlineData("br;q=0.000, gzip;q=0", null)]
    [InlineData("identity", null)]
    [InlineData("brotli", null)]
    [InlineData(null, null)]
    public async Task Compressed_as_asked_for(string? accepted, string? encoding)
    {
        using var response = await GetAsync("access", accepted);
        response.Content.Headers.ContentEncoding.ShouldBe(encoding is null ? [] : [encoding]);
        response.Headers.Vary.ShouldBe(["Accept-Encoding"]);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        Decoded(bytes, encoding).ShouldBe(await PageTextAsync());
    }

    [Fact]
    public async Task Assets_are_cached_forever_and_the_page_is_revalidated()
    {
        using var page = await GetAsync("access");
        page.Headers.CacheControl!.ToString().ShouldBe("no-cache");
        page.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        using var asset = await GetAsync(Assets(await PageTextAsync()).First());
        asset.Headers.CacheControl!.ToString().ShouldBe("public, max-age=31536000, immutable");
    }

    [Fact]
    public async Task Unchanged_content_is_not_sent_again()
    {
        using var first = await GetAsync("access");
        foreach (var condition in new[] { first.Headers.ETag!.ToString(), $"\"other\", {first.Headers.ETag}", "*" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "access");
            request.Headers.TryAddWithoutValidation("If-None-Match", condition);
            using var second = await gateway.Client.SendAsync(request);
            second.StatusCode.ShouldBe(HttpStatusCode.NotModified, condition);
            second.Headers.ETag.ShouldBe(first.Headers.ETag);
        }
        using var other = new HttpRequestMessage(HttpMethod.Get, "access");
        other.Headers.IfNoneMatch.Add(new EntityTagHeaderValue("\"other\""));
        using var whole = await gateway.Client.SendAsync(other);
        whole.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Head_is_get_without_a_body()
    {
        using var response = await gateway.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "access"));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentLength.ShouldBe(Encoding.UTF8.GetByteCount(await PageTextAsync()));
        (await response.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Everything_is_locked_down()
    {
        foreach (var address in Assets(await PageTextAsync()).Prepend("access"))
        {
            using var response = await GetAsync(address);
            var headers = response.Headers;
            var policy = headers.GetValues("Content-Security-Policy").Single();
            policy.ShouldStartWith("default-src 'none';", Case.Sensitive, address);
            policy.ShouldNotContain("unsafe");
            policy.ShouldContain("frame-ancestors 'none'");
            policy.ShouldContain("require-trusted-types-for 'script'");
            headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
            headers.GetValues("X-Frame-Options").ShouldBe(["DENY"]);
            headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
            headers.GetValues("Cross-Origin-Opener-Policy").ShouldBe(["same-origin"]);
        }
    }

    [Fact]
    public async Task Nothing_is_inline()
    {
        var page = await PageTextAsync();
        Inline().Matches(page).Select(match => match.Value).ShouldBeEmpty();
        page.ShouldNotContain("{assets}");
        page.ShouldNotContain("http:");
        page.ShouldNotContain("https:");
    }

    [Theory]
    [InlineData("access/0000000000000000/app.js")]
    [InlineData("access/index.html")]
    [InlineData("access/../access/app.js")]
    public async Task A_file_of_another_version_is_a_404_that_is_not_cached(string address)
    {
        using var response = await GetAsync(address);
        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        response.Headers.CacheControl!.NoStore.ShouldBeTrue();
        (await response.Content.ReadAsStringAsync()).ShouldContain("load /access again");
    }

    [Fact]
    public async Task An_address_with_a_slash_at_its_end_leads_to_the_page()
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = gateway.Client.BaseAddress };
        using var response = await client.GetAsync("access/");
        response.StatusCode.ShouldBe(HttpStatusCode.PermanentRedirect);
        new Uri(new Uri(client.BaseAddress!, "access/"), response.Headers.Location!).AbsolutePath.ShouldBe("/access");
    }

    private Task<string> PageTextAsync() => gateway.Client.GetStringAsync("access");

    private async Task<HttpResponseMessage> GetAsync(string address, string? encoding = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (encoding is not null) request.Headers.TryAddWithoutValidation("Accept-Encoding", encoding);
        return await gateway.Client.SendAsync(request);
    }

    private static IEnumerable<string> Assets(string page) => Address().Matches(page).Select(match => match.Groups[1].Value).Distinct();

    private static string Decoded(byte[] bytes, string? encoding)
    {
        using var stream = new MemoryStream(bytes);
        using Stream decoded = encoding switch { "br" => new BrotliStream(stream, CompressionMode.Decompress), "gzip" => new GZipStream(stream, CompressionMode.Decompress),
            _ => stream };
        using var reader = new StreamReader(decoded, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("(?:src|href)=\"(access/[^\"]+)\"")]
    private static partial Regex Address();

    [GeneratedRegex("(?:from|import) '([^']+)'")]
    private static partial Regex Import();

    [GeneratedRegex("await import\\('([^']+)'\\)")]
    private static partial Regex ImportOnDemand();

    [GeneratedRegex("<style|style=|<script(?![^>]* src=)[^>]*>| on[a-z]+=", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();
}
