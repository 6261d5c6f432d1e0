using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Nano.Providers.Echo;

namespace Nano.Tests.Providers.Echo;

/// <summary>Sends a body to the built-in model and reads the response with System.Text.Json, not with Nano's own readers.</summary>
internal static class EchoUpstream
{
    public static readonly DateTimeOffset Now = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);

    public static async Task<(int Status, JsonElement Body)> Send(string body)
    {
        using var response = await Ask(body);
        return ((int)response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync()).RootElement);
    }

    /// <summary>The response to a request that must succeed.</summary>
    public static async Task<JsonElement> Answer(string body)
    {
        var (status, answer) = await Send(body);
        status.ShouldBe(200, answer.ToString());
        return answer;
    }

    /// <summary>The events of a streamed response, one per read of the stream.</summary>
    public static async Task<List<string>> Reads(string body)
    {
        using var response = await Ask(body);
        ((int)response.StatusCode).ShouldBe(200);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        var stream = await response.Content.ReadAsStreamAsync();
        var reads = new List<string>();
        var buffer = new byte[64 * 1024];
        while (await stream.ReadAsync(buffer) is > 0 and var count) reads.Add(Encoding.UTF8.GetString(buffer, 0, count));
        return reads;
    }

    /// <summary>The chunks of a streamed response, without the end marker.</summary>
    public static async Task<List<JsonElement>> Chunks(string body)
    {
        var reads = await Reads(body);
        reads[^1].ShouldBe("data: [DONE]\n\n");
        return [.. reads[..^1].Select(read =>
        {
            read.ShouldStartWith("data: {");
            read.ShouldEndWith("}\n\n");
            return JsonDocument.Parse(read["data: ".Length..]).RootElement;
        })];
    }

    /// <summary>A request of one user turn, with further members.</summary>
    public static string Request(string text, string members = "") =>
        $$"""{"model":"echo","messages":[{"role":"user","content":{{JsonSerializer.Serialize(text)}}}]{{(members.Length > 0 ? "," + members : "")}}}""";

    public static JsonElement Message(this JsonElement answer) => answer.GetProperty("choices")[0].GetProperty("message");

    public static string Content(this JsonElement answer) => answer.Message().GetProperty("content").GetString()!;

    public static string Finish(this JsonElement answer) => answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString()!;

    public static int Count(this JsonElement answer, string member) => answer.GetProperty("usage").GetProperty(member).GetInt32();

    private static Task<HttpResponseMessage> Ask(string body)
    {
        var invoker = new HttpMessageInvoker(new EchoHandler(new FakeTimeProvider(Now)));
        var message = new HttpRequestMessage(HttpMethod.Post, "http://echo.invalid/") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        return invoker.SendAsync(message, CancellationToken.None);
    }
}
