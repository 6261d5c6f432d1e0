using System.Text.Json;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Governance;

/// <summary>The users and metadata that requests name, as columns of the usage report.</summary>
public sealed class AttributionTests(GovernedGateway gateway) : IClassFixture<GovernedGateway>
{
    private const string Echo = "\"model\":\"nano/echo\"";
    private const string Hello = "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]";

    public static TheoryData<string, string, string?, string> Requests => new()
    {
        { "/v1/chat/completions", $$"""{{{Echo}},{{Hello}},"user":"ann","safety_identifier":"s-1","metadata":{"case":"7","user_id":"meta"} }""", "ann", """{"case":"7"}""" },
        { "/v1/chat/completions", $$"""{{{Echo}},{{Hello}},"safety_identifier":"s-1"}""", "s-1", "{}" },
        { "/v1/responses", $$"""{{{Echo}},"input":"Hello","safety_identifier":"s-2","metadata":{"a":"1","b":"zw\u00f6lf"} }""", "s-2", """{"a":"1","b":"zw\u00F6lf"}""" },
        { "/v1/messages", $$"""{{{Echo}},{{Hello}},"max_tokens":64,"metadata":{"user_id":"{\"session_id\":\"7\"}"} }""", """{"session_id":"7"}""", "{}" },
        { "/v1beta/models/nano/echo:generateContent", """{"contents":[{"role":"user","parts":[{"text":"Hello"}]}],"labels":{"team":"x"}}""", null, """{"team":"x"}""" },
        // A value that is not a string, has no name that reports can use, or would break a line, is ignored, and the request is served.
        { "/v1/chat/completions", $$"""{{{Echo}},{{Hello}},"user":null,"metadata":{"n":1,"a b":"x","":"y","l":"1\n2","ok":"z","ok":"twice","half":"\ud83d"} }""", null, """{"ok":"z"}""" },
        { "/v1/chat/completions", $$"""{{{Echo}},{{Hello}},"user":"{{new string('u', 257)}}","metadata":{"long":"{{new string('v', 3000)}}","ok":"z"} }""", null, """{"ok":"z"}""" },
        { "/v1/chat/completions", $$"""{{{Echo}},{{Hello}},"metadata":"text"}""", null, "{}" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task End_user_and_metadata_of_each_API_are_members_of_the_request(string path, string request, string? user, string metadata)
    {
        var (_, key) = await gateway.CreateKeyAsync("""{"name":"attributed"}""");
        var reply = await gateway.ChatAsync(key, request, path);
        ((int)reply.Status).ShouldBe(200, reply.Text);
        var exchange = await gateway.UsageOfAsync(reply);
        exchange.GetProperty("end_user").GetString().ShouldBe(user);
        JsonElement.DeepEquals(exchange.GetProperty("metadata"), JsonDocument.Parse(metadata).RootElement).ShouldBeTrue(exchange.GetProperty("metadata").GetRawText());
        exchange.GetProperty("key_name").GetString().ShouldBe("attributed");
    }

    [Theory]
    [InlineData("x-claude-code-session-id")]
    [InlineData("session-id")]
    [InlineData("session_id")]
    [InlineData("thread-id")]
    public async Task Three_generations_of_one_session_are_one_row(string header)
    {
        var (id, key) = await gateway.CreateKeyAsync();
        for (var i = 0; i < 3; i++) ((int)(await gateway.ChatAsync(key, GovernedGateway.Echo(64), headers: $"{header}: of-{header}")).Status).ShouldBe(200);
        ((int)(await gateway.ChatAsync(key, GovernedGateway.Echo(64))).Status).ShouldBe(200);
        var rows = (await gateway.OwnerAsync("GET", $"/api/usage?group_by=session&key={id}&session=of-{header}")).Json.GetProperty("rows");
        rows.EnumerateArray().Select(row => (row.GetProperty("session").GetString(), row.GetProperty("requests").GetInt32())).ShouldBe([("of-" + header, 3)]);
    }

    [Fact]
    public async Task Reports_group_and_filter_by_end_users_metadata_and_tags()
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"name":"=cmd, it","tags":{"app":"shop"}}""");
        foreach (var (user, run) in ((string, string)[])[("u1", "a"), ("u1", "b"), ("u2", "a")])
        {
            var request = $$"""{{{Echo}},{{Hello}},"user":"{{user}}","metadata":{"run":"{{run}}"} }""";
            ((int)(await gateway.ChatAsync(key, request, headers: "x-nano-tags: env=" + run)).Status).ShouldBe(200);
        }
        (await RowsAsync("group_by=end_user")).ShouldBe(["u1 2", "u2 1"], ignoreOrder: true);
        (await RowsAsync("group_by=metadata:run")).ShouldBe(["a 2", "b 1"], ignoreOrder: true);
        (await RowsAsync("group_by=end_user&metadata:run=a")).ShouldBe(["u1 1", "u2 1"], ignoreOrder: true);
        (await RowsAsync("group_by=end_user&tag:env=b")).ShouldBe(["u1 1"]);
        (await RowsAsync("group_by=tag:env&end_user=u1&dialect=openai-chat")).ShouldBe(await RowsAsync("group_by=tag:env&end_user=u1"), "the name of the dialect");
        (await RowsAsync("group_by=key,key_name")).ShouldBeEmpty("it is a column of its own");
        ((int)(await gateway.OwnerAsync("GET", "/api/usage?group_by=metadata:a%20b")).Status).ShouldBe(400);
        (await gateway.OwnerAsync("POST", "/api/usage/recompute", $$"""{"group_by":"metadata:run","key":"{{id}}","tag:env":"b"}""")).Json.GetProperty("rows")
            .EnumerateArray().Single().GetProperty("metadata:run").GetString().ShouldBe("b");

        // Deleted keys keep their names. Spreadsheets must not execute one.
        ((int)(await gateway.OwnerAsync("DELETE", "/api/keys/" + id)).Status).ShouldBe(204);
        (await gateway.OwnerAsync("GET", $"/api/usage?group_by=key&key={id}")).Json.GetProperty("rows")[0].GetProperty("key_name").GetString().ShouldBe("=cmd, it");
        var csv = (await gateway.OwnerAsync("GET", $"/api/usage?group_by=key,end_user&key={id}&format=csv")).Text.Split("\r\n");
        csv[0].ShouldStartWith("key,key_name,end_user,requests,");
        csv[1].ShouldStartWith($"{id},\"'=cmd, it\",u1,2,");

        async Task<IEnumerable<string>> RowsAsync(string query)
        {
            var reply = await gateway.OwnerAsync("GET", $"/api/usage?{query}&key={id}");
            var column = query[(query.IndexOf('=') + 1)..].Split('&')[0];
            return (int)reply.Status != 200 ? [] : reply.Json.GetProperty("rows").EnumerateArray().Select(row => $"{row.GetProperty(column)} {row.GetProperty("requests")}");
        }
    }

    /// <summary>Passed through: the provider gets the members, and what the gateway keeps of them does not change the request.</summary>
    [Fact]
    public async Task The_provider_gets_the_request_as_it_was()
    {
        var (_, key) = await gateway.CreateKeyAsync();
        gateway.Script(UpstreamScript.Json("""{"id":"c","object":"chat.completion","created":1,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}"""));
        var request = $$"""{"model":"openai/gpt-4o",{{Hello}},"user":"ann","metadata":{"run":"a"} }""";
        ((int)(await gateway.ChatAsync(key, request)).Status).ShouldBe(200);
        gateway.Upstream.Requests.Single().BodyText.ShouldBe(request.Replace("openai/gpt-4o", "gpt-4o"));
    }
}
