using System.Text.Json;
using static Nano.Tests.Providers.Echo.EchoUpstream;

namespace Nano.Tests.Providers.Echo;

public class EchoToolTests
{
    private const string Weather =
        """{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}""";
    private const string Time = """{"type":"function","function":{"name":"get_time"}}""";
    private const string Note = """{"type":"custom","custom":{"name":"note"}}""";
    private const string Both = $"\"tools\":[{Weather},{Time}]";

    [Theory]
    [InlineData("Hi", Both, "get_weather")]
    [InlineData("Call get_time", Both, "get_time")]
    [InlineData("Call get_time and get_weather", Both, "get_weather,get_time")]
    [InlineData("Call get_time and get_weather", Both + ",\"parallel_tool_calls\":false", "get_weather")]
    [InlineData("Call get_times", Both, "get_weather")]
    [InlineData("Hi", Both + ",\"tool_choice\":\"auto\"", "get_weather")]
    [InlineData("Hi", Both + ",\"tool_choice\":\"required\"", "get_weather")]
    [InlineData("Hi", Both + ",\"tool_choice\":\"none\"", "")]
    [InlineData("Hi", Both + ",\"tool_choice\":null", "get_weather")]
    [InlineData("Hi", Both + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"get_time\"}}", "get_time")]
    [InlineData("Hi", Both + ",\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"auto\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"get_time\"}}]}}", "get_time")]
    [InlineData("Hi", "\"tools\":[" + Note + "]", "note")]
    [InlineData("Hi", "\"tools\":[]", "")]
    [InlineData("Hi", "\"tools\":[{\"type\":\"web_search\"}]", "")]
    public async Task Calls_the_tools_that_may_and_should_be_called(string text, string members, string expected)
    {
        var answer = await Answer(Request(text, members));
        var names = answer.Message().TryGetProperty("tool_calls", out var calls)
            ? calls.EnumerateArray().Select(c => c.GetProperty(c.GetProperty("type").GetString()!).GetProperty("name").GetString()!).ToList()
            : [];
        string.Join(',', names).ShouldBe(expected);
        answer.Finish().ShouldBe(names.Count > 0 ? "tool_calls" : "stop");
        (answer.Message().GetProperty("content").ValueKind == JsonValueKind.Null).ShouldBe(names.Count > 0);
    }

    /// <summary>A name after the first 16 KiB of the turn is not found, in any of its texts.</summary>
    [Theory]
    [InlineData(100, "get_time")]
    [InlineData(10_000, "get_weather")]
    public async Task Names_are_searched_at_the_start_of_the_turn(int padding, string expected)
    {
        var text = $$"""{"type":"text","text":"{{new string('x', padding)}}"}""";
        var answer = await Answer($$"""{"model":"echo","messages":[{"role":"user","content":[{{text}},{{text}},{"type":"text","text":"get_time"}]}],{{Both}}}""");
        answer.Message().GetProperty("tool_calls")[0].GetProperty("function").GetProperty("name").GetString().ShouldBe(expected);
    }

    [Fact]
    public async Task Arguments_are_made_from_the_schema()
    {
        var call = (await Answer(Request("Hi", Both))).Message().GetProperty("tool_calls")[0];
        call.GetProperty("function").GetProperty("arguments").GetString().ShouldBe("""{"city":"city"}""");
        call.GetProperty("id").GetString().ShouldBe("call_echo_1_0");
    }

    [Fact]
    public async Task Parallel_calls_have_their_own_ids_and_indexes()
    {
        var chunks = await Chunks(Request("get_time get_weather", Both + ",\"stream\":true"));
        var heads = chunks.Select(c => c.GetProperty("choices")[0].GetProperty("delta"))
            .Where(d => d.HasMember("tool_calls")).Select(d => d.GetProperty("tool_calls")[0]).Where(c => c.HasMember("id")).ToList();
        heads.Select(c => (c.GetProperty("index").GetInt32(), c.GetProperty("id").GetString(), c.GetProperty("function").GetProperty("name").GetString()))
            .ShouldBe([(0, "call_echo_1_0", "get_weather"), (1, "call_echo_1_1", "get_time")]);
    }

    [Fact]
    public async Task A_custom_tool_gets_the_text() =>
        (await Answer(Request("write \"this\"", $"\"tools\":[{Note}]"))).Message().GetProperty("tool_calls")[0]
            .GetProperty("custom").GetProperty("input").GetString().ShouldBe("write \"this\"");

    [Fact]
    public async Task A_limit_cuts_the_arguments()
    {
        var answer = await Answer(Request("a b c d", $"\"tools\":[{Note}],\"max_tokens\":3"));
        answer.Finish().ShouldBe("length");
        answer.Message().GetProperty("tool_calls")[0].GetProperty("custom").GetProperty("input").GetString().ShouldBe("a b");
        answer.Count("completion_tokens").ShouldBe(3);
    }

    [Theory]
    [InlineData("", "Nano is working. The tools returned:\n- get_time: noon\n- get_weather: {\"t\":1}")]
    [InlineData(",\"response_format\":{\"type\":\"json_object\"}", """{"echo":"Nano is working. The tools returned:\n- get_time: noon\n- get_weather: {\"t\":1}"}""")]
    public async Task After_tool_results_it_repeats_them(string members, string expected)
    {
        var answer = await Answer($$$"""
            {"model":"echo","messages":[
              {"role":"user","content":"Go"},
              {"role":"assistant","content":null,"tool_calls":[
                {"id":"a","type":"function","function":{"name":"get_weather","arguments":"{}"}},
                {"id":"b","type":"function","function":{"name":"get_time","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"b","content":"noon"},
              {"role":"tool","tool_call_id":"a","content":[{"type":"text","text":"{\"t\":"},{"type":"text","text":"1}"}]}],
             {{{Both}}}{{{members}}} }
            """);
        answer.Content().ShouldBe(expected);
        answer.Finish().ShouldBe("stop");
    }

    [Fact]
    public async Task A_forced_choice_calls_even_after_tool_results() =>
        (await Answer($$"""
            {"model":"echo","messages":[{"role":"user","content":"Go"},{"role":"tool","tool_call_id":"zz","content":"noon"}],{{Both}},"tool_choice":"required"}
            """)).Finish().ShouldBe("tool_calls");

    [Fact]
    public async Task A_new_user_turn_after_tool_results_calls_again() =>
        (await Answer($$"""
            {"model":"echo","messages":[{"role":"user","content":"Go"},{"role":"tool","tool_call_id":"zz","content":"noon"},{"role":"user","content":"more"}],{{Both}} }
            """)).Message().GetProperty("tool_calls")[0].GetProperty("id").GetString().ShouldBe("call_echo_3_0");

    [Fact]
    public async Task Result_of_an_unknown_call_is_named_by_its_id() =>
        (await Answer("""{"model":"echo","messages":[{"role":"tool","tool_call_id":"zz","content":"noon"}]}""")).Content()
            .ShouldBe("Nano is working. The tools returned:\n- zz: noon");
}
