using System.Net;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Hosting;

/// <summary>The fake provider follows its script.</summary>
public sealed class FakeUpstreamTests : IAsyncLifetime
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private FakeUpstream _upstream = null!;

    public async Task InitializeAsync() => _upstream = await FakeUpstream.StartAsync();

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task It_responds_as_scripted_and_records_requests()
    {
        _upstream.Answer(UpstreamScript.Json("""{"a":1}""", 418).Header("x-extra", "1"));
        using var response = await _client.PostAsync(_upstream.BaseUrl + "/v1/x?y=%2F", new StringContent("body"));

        ((int)response.StatusCode).ShouldBe(418);
        response.Headers.GetValues("x-extra").ShouldBe(["1"]);
        (await response.Content.ReadAsStringAsync()).ShouldBe("""{"a":1}""");
        _upstream.Request.Target.ShouldBe("/v1/x?y=%2F");
        _upstream.Request.Method.ShouldBe("POST");
        _upstream.Request.BodyText.ShouldBe("body");
        _upstream.Request.Headers["content-type"].ShouldStartWith("text/plain");
        _upstream.Unexpected.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_request_without_a_script_is_unexpected()
    {
        using var response = await _client.GetAsync(_upstream.BaseUrl);

        ((int)response.StatusCode).ShouldBe(599);
        _upstream.Unexpected.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_cut_after_some_bytes_breaks_the_response()
    {
        _upstream.Answer(UpstreamScript.Sse("data: 1\n\n").Cut());
        using var response = await _client.GetAsync(_upstream.BaseUrl, HttpCompletionOption.ResponseHeadersRead);
        var reply = await GatewayReply.ReadAsync(response);

        reply.Text.ShouldBe("data: 1\n\n");
        reply.IsBroken.ShouldBeTrue();
    }

    [Fact]
    public async Task A_body_that_is_shorter_than_announced_breaks()
    {
        _upstream.Answer(UpstreamScript.Json("{").Header("content-length", "10"));
        using var response = await _client.GetAsync(_upstream.BaseUrl, HttpCompletionOption.ResponseHeadersRead);

        (await GatewayReply.ReadAsync(response)).IsBroken.ShouldBeTrue();
    }

    [Fact]
    public async Task A_scripted_lack_of_a_response_is_an_error_of_the_client()
    {
        _upstream.Answer(UpstreamScript.NoAnswer);
        await Should.ThrowAsync<HttpRequestException>(_client.GetAsync(_upstream.BaseUrl));
    }

    [Fact]
    public async Task It_notices_a_client_that_leaves()
    {
        _upstream.Answer(UpstreamScript.Sse("data: 1\n\n").Silence());
        using (var response = await _client.GetAsync(_upstream.BaseUrl, HttpCompletionOption.ResponseHeadersRead))
        {
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            _upstream.Request.ClientLeft.IsCompleted.ShouldBeFalse();
        }

        await _upstream.Request.ClientLeft.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Pieces_arrive_as_one_response()
    {
        var bytes = Enumerable.Range(0, 100).Select(i => (byte)i).ToArray();
        _upstream.Answer(new UpstreamScript().SendInPieces(bytes, 7));

        (await _client.GetByteArrayAsync(_upstream.BaseUrl)).ShouldBe(bytes);
        await _upstream.Request.Answered;
    }
}
