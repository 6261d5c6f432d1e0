using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Cases of field/cases.md about responses that OpenAI's models return on Responses and a caller of Chat reads.</summary>
public sealed class ResponsesCaseTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    // Served only on Responses, whatever the request.
    private const string Model = "openai/gpt-replayed-pro";

    private const string Text =
        """{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Let me look.","annotations":[]}]}""";
    private const string Call = """{"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1","name":"look","arguments":"{\"at\":1}"}""";
    private const string Thought = """{"id":"rs_1","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"Raw thought."}]}""";

    private static string Whole(string status, string output, string error = "null") =>
        $$$"""{"id":"resp_1","object":"response","created_at":1,"model":"m","status":"{{{status}}}","error":{{{error}}},"incomplete_details":null,"output":[{{{output}}}],"usage":{"input_tokens":3,"input_tokens_details":{"cached_tokens":0},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":5}}""";

    private static string Event(string type, string members) => $"event: {type}\ndata: {{\"type\":\"{type}\",{members}}}\n\n";

    private static UpstreamScript Stream(params string[] middle) => UpstreamScript.Sse(
        [Event("response.created", $"\"sequence_number\":0,\"response\":{Whole("in_progress", "")}"), .. middle]);

    private static string Completed(params string[] output) => Event("response.completed", $"\"sequence_number\":99,\"response\":{Whole("completed", string.Join(",", output))}");

    private static readonly string[] TextEvents =
    [
        Event("response.output_item.added",
            """ "sequence_number":1,"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]} """),
        Event("response.content_part.added",
            """ "sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]} """),
        Event("response.output_text.delta", """ "sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Let me " """),
        Event("response.output_text.delta", """ "sequence_number":4,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"look." """),
        Event("response.output_item.done", $"\"sequence_number\":5,\"output_index\":0,\"item\":{Text}"),
    ];

    private static readonly string[] CallEvents =
    [
        Event("response.output_item.added",
            """ "sequence_number":6,"output_index":1,"item":{"id":"fc_1","type":"function_call","status":"in_progress","call_id":"call_1","name":"look","arguments":""} """),
        Event("response.function_call_arguments.delta", """ "sequence_number":7,"item_id":"fc_1","output_index":1,"delta":"{\"at\"" """),
        Event("response.function_call_arguments.delta", """ "sequence_number":8,"item_id":"fc_1","output_index":1,"delta":":1}" """),
        Event("response.function_call_arguments.done", """ "sequence_number":9,"item_id":"fc_1","output_index":1,"arguments":"{\"at\":1}" """),
        Event("response.output_item.done", $"\"sequence_number\":10,\"output_index\":1,\"item\":{Call}"),
    ];

    private Task<GatewayReply> AskAsync(bool stream, UpstreamScript answer) => gateway.ChatAsync(GatewayFixture.Ask(Model, stream), answer);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Case11_Text_and_a_tool_call_of_one_turn_both_arrive(bool stream)
    {
        var reply = await AskAsync(stream, stream ? Stream([.. TextEvents, .. CallEvents, Completed(Text, Call)]) : UpstreamScript.Json(Whole("completed", $"{Text},{Call}")));
        gateway.Upstream.Request.Target.ShouldBe("/openai/v1/responses");
        var choice = reply.ReadStrictly(usageAsked: stream).Choices.ShouldHaveSingleItem();
        (choice.Text, choice.Finish).ShouldBe(("Let me look.", "tool_calls"));
        var call = choice.ToolCalls.ShouldHaveSingleItem();
        (call.Id, call.Name, call.Arguments).ShouldBe(("call_1", "look", """{"at":1}"""));
    }

    private const string Error = """{"code":"server_error","message":"The model broke down in the middle of it."}""";

    private static string Failed => Event("response.failed", $"\"sequence_number\":50,\"response\":{Whole("failed", "", Error)}");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Case18_A_failed_response_is_an_error_and_never_an_empty_success(bool stream)
    {
        var reply = await AskAsync(stream, stream ? Stream(Failed) : UpstreamScript.Json(Whole("failed", "", Error)));
        ((int)reply.Status).ShouldBe(502);
        reply.Error().GetProperty("message").GetString()!.ShouldContain("The model broke down in the middle of it.");
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Failed");
    }

    [Fact]
    public async Task Case18_A_response_that_fails_after_its_first_text_does_not_end_cleanly()
    {
        var seen = new TaskCompletionSource();
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(Model, stream: true), "look.", seen, Stream(TextEvents).WaitFor(seen.Task).Send(Failed));
        reply.Error().GetProperty("message").GetString()!.ShouldContain("The model broke down in the middle of it.");
        reply.Text.ShouldNotContain("[DONE]");
        reply.Text.ShouldNotContain("\"finish_reason\":\"stop\"");
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("Broken");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Case18_Raw_reasoning_text_is_not_lost(bool stream)
    {
        string[] thought =
        [
            Event("response.output_item.added", """ "sequence_number":1,"output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[],"content":[]} """),
            Event("response.reasoning_text.delta", """ "sequence_number":2,"item_id":"rs_1","output_index":0,"content_index":0,"delta":"Raw " """),
            Event("response.reasoning_text.delta", """ "sequence_number":3,"item_id":"rs_1","output_index":0,"content_index":0,"delta":"thought." """),
            Event("response.output_item.done", $"\"sequence_number\":4,\"output_index\":0,\"item\":{Thought}"),
        ];
        var text = TextEvents.Select(e => e.Replace("\"output_index\":0", "\"output_index\":1"));
        var reply = await AskAsync(stream, stream ? Stream([.. thought, .. text, Completed(Thought, Text)]) : UpstreamScript.Json(Whole("completed", $"{Thought},{Text}")));
        var choice = reply.ReadStrictly(usageAsked: stream).Choices.ShouldHaveSingleItem();
        (choice.Reasoning, choice.Text).ShouldBe(("Raw thought.", "Let me look."));
    }
}
