using System.ClientModel;
using System.Text;
using OpenAI.Chat;

namespace Nano.LocalHost.Tests.Responses;

/// <summary>NuGet OpenAI's Chat client with a model that accepts tools only on Responses (case 12): the client sees no difference.</summary>
public sealed class SdkResponsesTests(ResponsesFixture gateway) : IClassFixture<ResponsesFixture>
{
    private static readonly ChatTool Weather = ChatTool.CreateFunctionTool("get_weather", "The weather of a city.", BinaryData.FromString(
        """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"""));

    private static readonly ResponsesResponse Called = new(ResponsesResponse.Reasoning("c2VhbGVk", "Look it up."), ResponsesResponse.Message("Let me see. "),
        ResponsesResponse.Call("call_1", "get_weather", """{"city":"Bergen"}"""));

    [Fact]
    public async Task A_tool_loop()
    {
        var chat = gateway.Chat("openai/gpt-6.2-sol");
        List<ChatMessage> messages = [new UserChatMessage("Weather?")];
        var options = new ChatCompletionOptions { Tools = { Weather }, MaxOutputTokenCount = 4000 };

        gateway.Script(Called.Script(false));
        ChatCompletion call = await chat.CompleteChatAsync(messages, options);
        (call.FinishReason, call.Content[0].Text).ShouldBe((ChatFinishReason.ToolCalls, "Let me see. "));
        call.Id.ShouldStartWith("chatcmpl-");
        call.ToolCalls.ShouldHaveSingleItem().FunctionArguments.ToString().ShouldBe("""{"city":"Bergen"}""");
        (call.Usage.InputTokenCount, call.Usage.InputTokenDetails.CachedTokenCount, call.Usage.OutputTokenDetails.ReasoningTokenCount).ShouldBe((20, 8, 12));
        gateway.Upstream.Request.BodyJson.GetProperty("max_output_tokens").GetInt32().ShouldBe(4000);

        messages.Add(new AssistantChatMessage(call));
        messages.Add(new ToolChatMessage(call.ToolCalls[0].Id, "Rain"));
        gateway.Script(new ResponsesResponse(ResponsesResponse.Message("It rains.")).Script(false));
        ChatCompletion answer = await chat.CompleteChatAsync(messages, options);
        answer.Content[0].Text.ShouldBe("It rains.");
        gateway.Upstream.Request.BodyJson.GetProperty("input").EnumerateArray().Last().GetProperty("call_id").GetString().ShouldBe("call_1");
    }

    [Fact]
    public async Task A_streamed_call()
    {
        gateway.Script(Called.Script(true));
        var (text, arguments) = (new StringBuilder(), new StringBuilder());
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        await foreach (var update in gateway.Chat("openai/gpt-6.2-sol").CompleteChatStreamingAsync([new UserChatMessage("Weather?")],
            new ChatCompletionOptions { Tools = { Weather } }))
        {
            foreach (var part in update.ContentUpdate) text.Append(part.Text);
            foreach (var call in update.ToolCallUpdates)
                if (call.FunctionArgumentsUpdate is { } piece && !piece.ToMemory().IsEmpty) arguments.Append(piece);
            finish ??= update.FinishReason;
            usage ??= update.Usage;
        }
        (text.ToString(), arguments.ToString(), finish).ShouldBe(("Let me see. ", """{"city":"Bergen"}""", ChatFinishReason.ToolCalls));
        usage.ShouldNotBeNull().OutputTokenCount.ShouldBe(30);
    }

    [Fact]
    public async Task Case18_A_response_that_failed_raises()
    {
        gateway.Script(new ResponsesResponse
            { Status = "failed", More = """error":{"code":"rate_limit_exceeded","message":"Slow down."},"incomplete_details":null""".Insert(0, "\""), Usage = null }.Script(false));
        var error = await Should.ThrowAsync<ClientResultException>(
            async () => await gateway.Chat("openai/gpt-6.2-sol").CompleteChatAsync([new UserChatMessage("Hi")], new ChatCompletionOptions { Tools = { Weather } }));
        (error.Status, error.Message.Contains("Slow down.")).ShouldBe((429, true));
    }
}
