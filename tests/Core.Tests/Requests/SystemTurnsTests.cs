using System.Text;
using System.Text.Json;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>System and developer turns amid a conversation of another dialect, for servers that take a system turn only at the beginning.</summary>
public sealed class SystemTurnsTests
{
    private const string Call = """{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1"}]}""";
    private const string User = """{"role":"user","content":"q"}""", Mind = """{"role":"system","content":"mind"}""";

    public static TheoryData<string> Strict => ["ollama/m", "vllm/m", "lmstudio/m", "any-server/m"];

    /// <summary>As Claude Code sends them: after the user's turn and after results of tools.</summary>
    [Theory]
    [MemberData(nameof(Strict))]
    public async Task They_are_joined_into_one_first_turn(string model)
    {
        (await Messages(model, $"{User},{Mind}")).ShouldBe(("system: mind, user", "emulated=messages.system"));
        (await Messages(model, $"{User},{Call},{Mind}")).ShouldBe(("system: mind, user, assistant, tool", "emulated=messages.system"));
        (await Messages(model, $"{User},{Call},{Mind}", "brief")).ShouldBe(("system: brief\n\nmind, user, assistant, tool", "emulated=messages.system"));
        (await Messages(model, User, "brief")).ShouldBe(("system: brief, user", ""));
        // Ollama makes a system turn of each part.
        (await Messages(model, User, """[{"type":"text","text":"a"},{"type":"text","text":"b"}]""")).ShouldBe(("system: a\n\nb, user", ""));
        (await Messages(model, User)).ShouldBe(("user", ""));
        // Nothing of it can be said to another model (anthropic-messages-one-websearch-129e94).
        (await Messages(model, $"{User},{{\"role\":\"system\",\"content\":[{{\"type\":\"tool_addition\"}}]}}")).ShouldBe(("user", "dropped=messages.content.tool_addition"));
    }

    /// <summary>Mistral refuses them only after a response or the results of tools.</summary>
    [Fact]
    public async Task Mistral_gets_one_first_turn_only_if_it_refuses_another()
    {
        const string Mistral = "mistral/m";
        (await Messages(Mistral, $"{User},{Mind}", "brief")).ShouldBe(("system: brief, user, system: mind", ""));
        (await Messages(Mistral, User, """[{"type":"text","text":"a"},{"type":"text","text":"b"}]""")).ShouldBe(("system: a|b, user", ""));
        (await Messages(Mistral, $"{User},{Call},{Mind}", "brief")).ShouldBe(("system: brief\n\nmind, user, assistant, tool", "emulated=messages.system"));
        (await Messages(Mistral, $"{User},{{\"role\":\"assistant\",\"content\":\"r\"}},{Mind}")).ShouldBe(("system: mind, user, assistant", "emulated=messages.system"));
        (await Responses(Mistral, """{"role":"developer","content":"a"},{"role":"developer","content":"b"},{"role":"user","content":"q"}""")).ShouldBe(("system: a, system: b, user", ""));
    }

    [Theory]
    [InlineData("openai/gpt-4o")]
    [InlineData("openrouter/m")]
    [InlineData("deepseek/m")]
    public async Task Other_providers_get_them_at_their_places(string model) =>
        (await Messages(model, $"{User},{Call},{Mind}", "brief")).ShouldBe(("system: brief, user, assistant, tool, system: mind", ""));

    [Theory]
    [InlineData("ollama/m")]
    [InlineData("vllm/m")]
    [InlineData("any-server/m")]
    public async Task Developer_turns_of_Responses_are_system_turns(string model)
    {
        (await Responses(model, """{"role":"developer","content":"mind"},{"role":"user","content":"q"}""")).ShouldBe(("system: mind, user", ""));
        (await Responses(model, """{"role":"developer","content":"a"},{"role":"user","content":"q"},{"role":"developer","content":"b"}""")).ShouldBe(("system: a\n\nb, user",
            "emulated=input.system"));
    }

    /// <summary>What a caller of Chat wrote is not arranged.</summary>
    [Theory]
    [InlineData("any-server/m", "developer: mind, user, developer: mind")]
    [InlineData("vllm/m", "system: mind, user, system: mind")]
    public async Task A_caller_of_Chat_chooses_the_places(string model, string turns)
    {
        const string Turn = """{"role":"developer","content":"mind"}""";
        var sent = await UpstreamForm.WriteAsync(model, Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[{{Turn}},{"role":"user","content":"q"},{{Turn}}]}"""));
        (Turns(sent.Body), sent.Losses.ToString()).ShouldBe((turns, ""));
    }

    private static async Task<(string Turns, string Losses)> Messages(string model, string turns, string? system = null)
    {
        var body = $$$"""{"model":"m","max_tokens":9,{{{(system is null ? "" : $"\"system\":{(system[0] == '[' ? system : $"\"{system}\"")},")}}}"messages":[{{{turns}}}],"tools":[{"name":"f","input_schema":{"type":"object"}}]}""";
        var sent = await UpstreamForm.WriteMessagesAsync(model, Encoding.UTF8.GetBytes(body));
        return (Turns(sent.Body), sent.Losses.ToString());
    }

    private static async Task<(string Turns, string Losses)> Responses(string model, string items)
    {
        var sent = await UpstreamForm.WriteResponsesAsync(model, Encoding.UTF8.GetBytes($$"""{"model":"m","store":false,"input":[{{items}}]}"""));
        return (Turns(sent.Body), sent.Losses.ToString());
    }

    /// <summary>The roles, and the texts of instructions.</summary>
    private static string Turns(JsonElement body) => string.Join(", ", body.Elements("messages").Select(message => message.Text("role") switch
    {
        "system" or "developer" => $"{message.Text("role")}: {message.Text("content") ?? string.Join('|', message.Elements("content").Select(part => part.Text("text")))}",
        var role => role,
    }));
}
