using System.Text;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Replay;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>
/// An error inside a 200 response has the status that it names, for every dialect of the provider and every API of the caller. SDKs retry
/// a 502, which is useless for an invalid request.
/// </summary>
public sealed class ErrorInSuccessTests(VendorFixture gateway) : IClassFixture<VendorFixture>
{
    private static readonly (string Name, string Model)[] Providers =
        [("chat", "groq/m"), ("messages", "anthropic/claude-x"), ("gemini", "google/gemini-x"), ("cohere", "cohere/command-x"), ("responses", "openai/gpt-replayed-pro")];

    private static readonly (string Body, int Status)[] Bodies =
    [
        ("""{"error":{"type":"invalid_request_error","message":"m","status_code":400}}""", 400),
        ("""{"error":{"message":"m","status":422}}""", 422),
        ("""{"error":{"message":"m","code":"413"}}""", 413),
        ("""{"error":{"message":"m"},"status":404}""", 404),
        ("""{"error":{"message":"m","code":429,"status":"RESOURCE_EXHAUSTED"}}""", 429),
        ("""{"type":"error","error":{"message":"m","statusCode":409}}""", 409),
        ("""{"error":"m","status_code":400}""", 400),
        ("""{"error":{"message":"m","code":500}}""", 502),
        ("""{"error":{"message":"m","status":200}}""", 502),
    ];

    public static TheoryData<string, string> Pairs()
    {
        var cases = new TheoryData<string, string>();
        foreach (var caller in new[] { "chat", "messages", "responses", "gemini" })
            foreach (var (name, _) in Providers) cases.Add(caller, name);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_error_has_the_status_that_it_names(string caller, string provider)
    {
        var model = Providers.Single(one => one.Name == provider).Model;
        foreach (var (body, status) in Bodies)
        {
            gateway.Script(UpstreamScript.Json(body));
            await CheckAsync(await AskAsync(caller, model, stream: false), $"{body}, whole");
            gateway.Script(UpstreamScript.Sse($"data: {body}\n\n"));
            await CheckAsync(await AskAsync(caller, model, stream: true), $"{body}, as the first event");

            async Task CheckAsync(GatewayReply reply, string what)
            {
                ((int)reply.Status).ShouldBe(status, $"{what}: {reply.Text}");
                reply.Text.ShouldContain("\"message\":\"m\"", Case.Sensitive, what);
                (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Failed", what);
            }
        }
    }

    /// <summary>A message and a status without an error object are an error as well.</summary>
    [Theory]
    [InlineData("chat", "groq/m")]
    [InlineData("messages", "groq/m")]
    [InlineData("gemini", "groq/m")]
    [InlineData("messages", "anthropic/claude-x")]
    [InlineData("gemini", "google/gemini-x")]
    [InlineData("chat", "google/gemini-x")]
    [InlineData("chat", "anthropic/claude-x")]
    [InlineData("chat", "cohere/command-x")]
    [InlineData("messages", "cohere/command-x", """{"detail":"m","status_code":404}""")]
    public async Task A_whole_response_that_is_an_error_by_its_status_alone_has_it(string caller, string model, string body = """{"message":"m","status":404}""")
    {
        foreach (var stream in new[] { false, true })
        {
            gateway.Script(UpstreamScript.Json(body));
            var reply = await AskAsync(caller, model, stream);
            ((int)reply.Status).ShouldBe(404, reply.Text);
            reply.Text.ShouldContain("\"message\":\"m\"", Case.Sensitive);
        }
    }

    private async Task<GatewayReply> AskAsync(string caller, string model, bool stream)
    {
        var flag = stream ? "true" : "false";
        var (path, body) = caller switch
        {
            "chat" => ("/v1/chat/completions", GatewayFixture.Ask(model, stream)),
            "messages" => ("/v1/messages", $$"""{"model":"{{model}}","max_tokens":9,"stream":{{flag}},"messages":[{"role":"user","content":"Hi"}]}"""),
            "responses" => ("/v1/responses", $$"""{"model":"{{model}}","store":false,"stream":{{flag}},"input":"Hi"}"""),
            _ => ($"/v1beta/models/{model}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}", """{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}"""),
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return await GatewayReply.ReadAsync(response);
    }
}
