using Microsoft.AspNetCore.Http;
using Nano.Access;
using Nano.Configuration;

namespace Nano.Tests.Access;

public sealed class PanelCookieTests
{
    [Theory]
    [InlineData("nano_session=eyJa", "1", null, "eyJa")]
    [InlineData("a=b; nano_session=eyJa; c=d", "1", "same-origin", "eyJa")]
    [InlineData("a=b;nano_session=eyJa", "1", "none", "eyJa")]
    [InlineData("xnano_session=eyJx; nano_session=eyJa", "1", null, "eyJa")]
    [InlineData("nano_session2=eyJx", "1", null, null)]
    [InlineData("nano_session", "1", null, null)]
    [InlineData("", "1", null, null)]
    // A page elsewhere can neither set the header nor hide where it is.
    [InlineData("nano_session=eyJa", null, null, null)]
    [InlineData("nano_session=eyJa", null, "same-origin", null)]
    [InlineData("nano_session=eyJa", "0", null, null)]
    [InlineData("nano_session=eyJa", "1", "cross-site", null)]
    [InlineData("nano_session=eyJa", "1", "same-site", null)]
    [InlineData("nano_session=eyJa", "1", "", null)]
    public void It_is_accepted_only_if_no_other_site_can_have_sent_it(string cookie, string? panel, string? site, string? expected)
    {
        var headers = new HeaderDictionary { ["Cookie"] = cookie };
        if (panel is not null) headers["x-nano-panel"] = panel;
        if (site is not null) headers["Sec-Fetch-Site"] = site;
        PanelCookie.Of(headers).ShouldBe(expected);
    }

    [Theory]
    [InlineData("http", "localhost:7071", null, null, false, false)]
    [InlineData("http", "127.0.0.1:7071", "http://127.0.0.1:7071", null, false, false)]
    [InlineData("http", "[::1]:7071", null, null, false, false)]
    [InlineData("https", "localhost:7071", null, null, false, true)]
    [InlineData("http", "gateway.example", null, null, false, true)]
    [InlineData("http", "192.168.0.7:7071", null, null, false, true)]
    // A reverse proxy on this machine that speaks https to the browser.
    [InlineData("http", "localhost:7071", null, "https", false, true)]
    [InlineData("http", "localhost:7071", "https://gateway.example", null, false, true)]
    [InlineData("http", "localhost:7071", null, null, true, true)]
    public void It_is_sent_over_plain_http_only_to_this_machine(string scheme, string host, string? origin, string? forwarded, bool onAzure, bool secure)
    {
        var request = new DefaultHttpContext().Request;
        (request.Scheme, request.Host) = (scheme, new HostString(host));
        if (origin is not null) request.Headers.Origin = origin;
        if (forwarded is not null) request.Headers["X-Forwarded-Proto"] = forwarded;
        PanelCookie.MustBeSecure(request.Headers, request.IsHttps, request.Host.Host, new GatewayOptions { OnAzure = onAzure }).ShouldBe(secure);
    }
}
