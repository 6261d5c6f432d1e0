using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Odd bytes from callers and providers, each with a defined outcome.</summary>
public sealed class SmallFaultTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    [Theory]
    [InlineData("80000000")]
    [InlineData("FFFFFFFF")]
    [InlineData("FFFFFFFFFFFFFFFFFFFF")]
    [InlineData("zz")]
    public async Task A_chunk_whose_size_is_not_valid_is_a_400(string size)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", gateway.Client.BaseAddress!.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:{gateway.Client.BaseAddress.Port}\r\nAuthorization: Bearer {GatewayFixture.CallerKey}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\n{{}}\r\n0\r\n\r\n"));
        var answer = new byte[4096];
        var length = await socket.ReceiveAsync(answer);
        Encoding.ASCII.GetString(answer, 0, length).ShouldStartWith("HTTP/1.1 400 ");
    }

    /// <summary>Bytes that cannot begin a character.</summary>
    public static TheoryData<byte[]> Invalid => new() { new byte[] { 0xff }, new byte[] { 0xc3 }, new byte[] { 0xed, 0xa0, 0x80 }, new byte[] { 0xf0, 0x9f, 0x98 } };

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task Text_of_a_provider_that_is_not_UTF8_becomes_replacement_characters(byte[] invalid)
    {
        byte[] Bytes(string json) => [.. Encoding.UTF8.GetBytes(json[..json.IndexOf('~')]), .. invalid, .. Encoding.UTF8.GetBytes(json[(json.IndexOf('~') + 1)..])];
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        var whole = Bytes("""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"a~b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""");
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("openai/m"), UpstreamScript.Json(whole));
        JsonDocument.Parse(strict.GetString(reply.Body)).RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!.ShouldMatch(
            "^a\ufffd+b$");

        var chunk = Bytes("data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"a~b\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
        reply = await gateway.ChatAsync(GatewayFixture.Ask("openai/m", stream: true), UpstreamScript.Sse().Send(chunk));
        strict.GetString(reply.Body).ShouldMatch("a\ufffd+b");

        var gemini = Bytes("""{"candidates":[{"content":{"role":"model","parts":[{"text":"a~b"}]},"finishReason":"STOP"}]}""");
        reply = await gateway.ChatAsync(GatewayFixture.Ask("google/m"), UpstreamScript.Json(gemini));
        strict.GetString(reply.Body).ShouldMatch("a\ufffd+b");
    }

    /// <summary>A slash in a model's name may be escaped.</summary>
    [Theory]
    [InlineData("/v1/models/openai%2Fgpt-4o", 200)]
    [InlineData("/v1/models/openai/gpt-4o", 200)]
    // The Functions host escapes the percent sign of %2F again, so both are one there; under LocalHost they are one as well.
    [InlineData("/v1/models/openai%252Fgpt-4o", 200)]
    public async Task A_models_name_may_have_an_escaped_slash(string path, int status)
    {
        using var response = await gateway.Client.GetAsync(path);
        ((int)response.StatusCode).ShouldBe(status);
    }

    /// <summary>One limit for whole responses and for events, so that an event can contain an image (<c>MAX_RESPONSE_BYTES</c>).</summary>
    [Theory]
    [InlineData("openai/m")]
    [InlineData("google/m")]
    public async Task An_event_of_more_than_16_MiB_arrives(string model)
    {
        var picture = new string('A', 17 * 1024 * 1024);
        string[] events = model == "openai/m"
            ? [$$$"""{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"{{{picture}}}"},"finish_reason":"stop"}]}""", "[DONE]"]
            : [$$$"""{"candidates":[{"content":{"role":"model","parts":[{"inlineData":{"mimeType":"image/png","data":"{{{picture}}}"}}]},"finishReason":"STOP"}]}"""];
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream: true), UpstreamScript.Sse([.. events.Select(data => $"data: {data}\n\n")]));
        ((int)reply.Status).ShouldBe(200);
        reply.IsBroken.ShouldBeFalse();
        reply.Text.ShouldContain(picture);
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Ok");
    }
}
