using System.Net;
using System.Text;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Inbound;

/// <summary>Clients differ in where they cut the base URL: each form of a path reaches its route.</summary>
public sealed class PathFormTests(PathFormTests.Fixture gateway) : IClassFixture<PathFormTests.Fixture>
{
    private const string Chat = """{"model":"nano/echo","messages":[{"role":"user","content":"Hello"}]}""";
    private const string Messages = """{"model":"nano/echo","max_tokens":99,"messages":[{"role":"user","content":"Hello"}]}""";
    private const string Responses = """{"model":"nano/echo","input":"Hello"}""";
    private const string Gemini = """{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}""";

    [Theory]
    [InlineData("/v1/chat/completions", Chat, "chat.completion")]
    [InlineData("/chat/completions", Chat, "chat.completion")]
    [InlineData("/openai/v1/chat/completions", Chat, "chat.completion")]
    [InlineData("/v1beta/openai/chat/completions", Chat, "chat.completion")]
    [InlineData("/openai/deployments/nano%2Fecho/chat/completions?api-version=2024-10-21", Chat, "chat.completion")]
    [InlineData("/openai/deployments/nano/echo/chat/completions?api-version=2024-10-21", """{"messages":[{"role":"user","content":"Hello"}]}""", "chat.completion")]
    [InlineData("/v1/deployments/nano/echo/chat/completions", Chat, "chat.completion")]
    [InlineData("/v1/responses", Responses, "\"response\"")]
    [InlineData("/responses", Responses, "\"response\"")]
    [InlineData("/openai/responses?api-version=2025-04-01-preview", Responses, "\"response\"")]
    [InlineData("/v1/messages?beta=true", Messages, "\"message\"")]
    [InlineData("/messages", Messages, "\"message\"")]
    [InlineData("/v1/v1/messages", Messages, "\"message\"")]
    [InlineData("/anthropic/v1/messages", Messages, "\"message\"")]
    [InlineData("/v1beta/models/nano/echo:generateContent", Gemini, "\"candidates\"")]
    [InlineData("/v1beta/models/nano%2Fecho:generateContent", Gemini, "\"candidates\"")]
    [InlineData("/v1/models/nano/echo:generateContent", Gemini, "\"candidates\"")]
    [InlineData("/models/nano/echo:generateContent", Gemini, "\"candidates\"")]
    public async Task A_request_is_served_in_every_form_of_its_path(string path, string body, string expected)
    {
        var reply = await PostAsync(path, body);
        reply.Status.ShouldBe(HttpStatusCode.OK, reply.Text);
        reply.Text.ShouldContain(expected);
        reply.Text.ShouldContain("You said: Hello");
    }

    /// <summary>The deployment of the path decides, as at Azure; a body without a model gets one, a body with another one is corrected.</summary>
    [Theory]
    [InlineData("""{"messages":[]}""", """{"model":"my-gpt","messages":[]}""")]
    [InlineData("""{"model":"something-else","messages":[]}""", """{"model":"my-gpt","messages":[]}""")]
    [InlineData("""{"stream":true,"messages":[]}""", """{"stream_options":{"include_usage":true},"model":"my-gpt","stream":true,"messages":[]}""")]
    [InlineData("""{"stream":true,"stream_options":{"include_usage":false}}""", """{"model":"my-gpt","stream":true,"stream_options":{"include_usage":true}}""")]
    public async Task A_deployment_of_a_classic_path_is_one_of_the_Azure_resource(string body, string sent)
    {
        gateway.Script(UpstreamScript.Json("""{"error":{"message":"No."}}""", 400));
        await PostAsync("/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21", body);
        var request = gateway.Upstream.Requests.Single();
        request.Target.ShouldBe("/azure/v1/chat/completions");
        Encoding.UTF8.GetString(request.Body).ShouldBe(sent);
    }

    [Theory]
    [InlineData("/v1/models", null, "\"object\":\"list\"")]
    [InlineData("/models", null, "\"object\":\"list\"")]
    [InlineData("/openai/v1/models", null, "\"object\":\"list\"")]
    [InlineData("/v1/models?limit=1000", "anthropic-version", "\"has_more\"")]
    [InlineData("/anthropic/v1/models", "anthropic-version", "\"has_more\"")]
    [InlineData("/v1/models", "x-goog-api-key", "supportedGenerationMethods")]
    [InlineData("/v1beta/models", null, "supportedGenerationMethods")]
    [InlineData("/v1beta/models/nano/echo", null, "supportedGenerationMethods")]
    [InlineData("/v1/models?client_version=0.169.0", null, "{\"models\":[]}")]
    public async Task Models_are_listed_in_the_form_of_the_callers_API(string path, string? header, string expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (header is not null) request.Headers.TryAddWithoutValidation(header, GatewayFixture.CallerKey);
        using var response = await gateway.Client.SendAsync(request);
        var reply = await GatewayReply.ReadAsync(response);
        reply.Status.ShouldBe(HttpStatusCode.OK, reply.Text);
        reply.Text.ShouldContain(expected);
    }

    [Fact]
    public async Task Client_case18_A_list_that_Codex_has_is_not_sent_again()
    {
        using var first = await gateway.Client.GetAsync("/v1/models?client_version=1");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models?client_version=1");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await gateway.Client.SendAsync(request);
        second.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        second.Headers.ETag.ShouldBe(first.Headers.ETag);
        (await second.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("authorization", "Bearer ")]
    [InlineData("x-api-key", "")]
    public async Task Client_case1_Claude_Code_gets_its_models_without_a_redirect(string header, string scheme)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = gateway.Client.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models?limit=1000");
        request.Headers.TryAddWithoutValidation(header, scheme + GatewayFixture.CallerKey);
        request.Headers.TryAddWithoutValidation("anthropic-version", "2026-10-21");
        using var response = await client.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var list = System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        list.GetProperty("has_more").GetBoolean().ShouldBeFalse();
        var models = list.GetProperty("data").EnumerateArray().ToArray();
        models.ShouldAllBe(model => model.GetProperty("type").GetString() == "model" && model.GetProperty("display_name").GetString()!.Length > 0
            && model.GetProperty("created_at").GetString()!.EndsWith('Z'));
        (list.GetProperty("first_id").GetString(), list.GetProperty("last_id").GetString()).ShouldBe((models[0].GetProperty("id").GetString(),
            models[^1].GetProperty("id").GetString()));
    }

    /// <summary>The forms that are served are in the theories above.</summary>
    [Theory]
    [InlineData("GET", "/modelz")]
    [InlineData("POST", "/respond")]
    [InlineData("GET", "/v2/models")]
    public async Task Client_case19_An_unknown_path_is_JSON_also_for_a_client_that_prefers_HTML(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.TryAddWithoutValidation("accept", "text/html,*/*");
        using var response = await gateway.Client.SendAsync(request);
        var reply = await GatewayReply.ReadAsync(response);
        (reply.Status, reply.Json.GetProperty("error").GetProperty("code").GetString()).ShouldBe((HttpStatusCode.NotFound, "route_not_found"));
    }

    /// <summary>Codex requests its models again when this header differs from the list's tag.</summary>
    [Theory]
    [InlineData("/v1/responses", Responses)]
    [InlineData("/v1/responses", """{"model":"nano/echo","input":"Hello","stream":true}""")]
    public async Task Client_case20_No_response_has_a_tag_of_models(string path, string body)
    {
        var reply = await PostAsync(path, body);
        (reply.Status, reply.Headers.ContainsKey("x-models-etag")).ShouldBe((HttpStatusCode.OK, false), reply.Text);
    }

    [Theory]
    [InlineData("/v1/messages/nowhere", "not_found_error")]
    [InlineData("/v1beta/nowhere", "\"status\":\"NOT_FOUND\"")]
    [InlineData("/v1/models/nano/echo:nothing", "\"status\":\"NOT_FOUND\"")]
    [InlineData("/v1/responses/no/where", "route_not_found")]
    public async Task A_path_without_a_route_is_refused_in_the_dialect_of_the_path(string path, string expected)
    {
        var reply = await PostAsync(path, "{}");
        reply.Status.ShouldBe(HttpStatusCode.NotFound, reply.Text);
        reply.Text.ShouldContain(expected);
    }

    [Theory]
    [InlineData("HEAD", "/", "application/json", 200)]
    [InlineData("GET", "/", "*/*", 200)]
    [InlineData("GET", "/", "text/html,*/*", 302)]
    [InlineData("HEAD", "/api/hello", "*/*", 200)]
    [InlineData("POST", "/api/hello", "*/*", 404)]
    [InlineData("GET", "/.well-known/oauth-authorization-server", "*/*", 404)]
    public async Task Client_case17_A_probe_is_served_without_a_key(string method, string path, string accept, int status)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = gateway.Client.BaseAddress };
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.TryAddWithoutValidation("accept", accept);
        using var response = await client.SendAsync(request);
        ((int)response.StatusCode).ShouldBe(status);
        if (status == 302) response.Headers.Location!.ToString().ShouldBe("/access");
        if (method != "HEAD" && status != 302) (await response.Content.ReadAsStringAsync()).ShouldStartWith("{");
    }

    private async Task<GatewayReply> PostAsync(string path, string body)
    {
        using var response = await gateway.Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        return await GatewayReply.ReadAsync(response);
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override Dictionary<string, string> Settings(string upstream)
        {
            var settings = base.Settings(upstream);
            AddVendors(settings, upstream);
            return settings;
        }
    }
}
