using System.Text;
using System.Text.Json;
using Nano.Testing.Upstream;
using OpenAI.Chat;

namespace Nano.LocalHost.Tests.Sdk;

/// <summary>The loop that every agent runs: call, run the tool, send the result; whole and streamed.</summary>
public class SdkToolTests(SdkFixture gateway) : IClassFixture<SdkFixture>
{
    private static readonly ChatTool Weather = Tool("get_weather");
    private static readonly ChatTool Time = Tool("get_time");

    [Fact]
    public async Task A_loop_with_two_tools_at_once()
    {
        List<ChatMessage> messages = [new UserChatMessage("Use get_weather and get_time")];
        var options = new ChatCompletionOptions { Tools = { Weather, Time } };
        ChatCompletion answer;
        var rounds = 0;
        while ((answer = await gateway.Chat().CompleteChatAsync(messages, options)).FinishReason == ChatFinishReason.ToolCalls)
        {
            (++rounds).ShouldBeLessThan(3);
            messages.Add(new AssistantChatMessage(answer));
            messages.AddRange(answer.ToolCalls.Select(call => new ToolChatMessage(call.Id, Run(call.FunctionName, call.FunctionArguments.ToString()))));
        }
        rounds.ShouldBe(1);
        answer.Content[0].Text.ShouldBe("Nano is working. The tools returned:\n- get_weather: get_weather of city\n- get_time: get_time of city");
    }

    [Fact]
    public async Task A_streamed_loop()
    {
        List<ChatMessage> messages = [new UserChatMessage("Use get_weather and get_time")];
        var options = new ChatCompletionOptions { Tools = { Weather, Time } };
        var calls = new SortedDictionary<int, (string Id, string Name, StringBuilder Arguments)>();
        await foreach (var update in gateway.Chat().CompleteChatStreamingAsync(messages, options))
        {
            foreach (var call in update.ToolCallUpdates)
            {
                if (!calls.ContainsKey(call.Index)) calls[call.Index] = (call.ToolCallId, call.FunctionName, new StringBuilder());
                if (call.FunctionArgumentsUpdate is { } piece && !piece.ToMemory().IsEmpty) calls[call.Index].Arguments.Append(piece);
            }
        }
        messages.Add(new AssistantChatMessage(calls.Values.Select(c => ChatToolCall.CreateFunctionToolCall(c.Id, c.Name, BinaryData.FromString(c.Arguments.ToString())))));
        messages.AddRange(calls.Values.Select(c => new ToolChatMessage(c.Id, Run(c.Name, c.Arguments.ToString()))));
        var text = new StringBuilder();
        await foreach (var update in gateway.Chat().CompleteChatStreamingAsync(messages, options))
            foreach (var part in update.ContentUpdate) text.Append(part.Text);
        text.ToString().ShouldBe("Nano is working. The tools returned:\n- get_weather: get_weather of city\n- get_time: get_time of city");
    }

    [Fact]
    public async Task A_forced_tool_and_a_forbidden_one()
    {
        ChatCompletion forced = await gateway.Chat().CompleteChatAsync([new UserChatMessage("Hi")],
            new ChatCompletionOptions { Tools = { Weather, Time }, ToolChoice = ChatToolChoice.CreateFunctionChoice("get_time") });
        forced.ToolCalls.Single().FunctionName.ShouldBe("get_time");
        ChatCompletion free = await gateway.Chat().CompleteChatAsync([new UserChatMessage("Hi")],
            new ChatCompletionOptions { Tools = { Weather }, ToolChoice = ChatToolChoice.CreateNoneChoice() });
        free.ToolCalls.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(SdkAnswers.Providers), MemberType = typeof(SdkAnswers))]
    public async Task A_loop_with_a_model_of(string provider)
    {
        var answers = SdkAnswers.Of(provider);
        var chat = gateway.Chat(answers.Model);
        List<ChatMessage> messages = [new UserChatMessage("Weather?")];
        var options = new ChatCompletionOptions { Tools = { Weather } };

        gateway.Script(UpstreamScript.Json(answers.ToolCall("get_weather", """{"city":"Bergen"}""")));
        ChatCompletion call = await chat.CompleteChatAsync(messages, options);
        call.FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
        call.ToolCalls.Single().FunctionName.ShouldBe("get_weather");
        JsonDocument.Parse(call.ToolCalls[0].FunctionArguments).RootElement.GetProperty("city").GetString().ShouldBe("Bergen");

        messages.Add(new AssistantChatMessage(call));
        messages.Add(new ToolChatMessage(call.ToolCalls[0].Id, "Rain"));
        gateway.Script(UpstreamScript.Json(answers.Text("It rains.")));
        ChatCompletion answer = await chat.CompleteChatAsync(messages, options);
        answer.Content[0].Text.ShouldBe("It rains.");
        gateway.Upstream.Request.BodyText.ShouldContain("Rain");
        gateway.Upstream.Request.BodyText.ShouldContain("Bergen");
    }

    private static string Run(string tool, string arguments) =>
        $"{tool} of {JsonDocument.Parse(arguments).RootElement.GetProperty("city").GetString()}";

    private static ChatTool Tool(string name) => ChatTool.CreateFunctionTool(name, $"What {name} says.", BinaryData.FromString(
        """{"type":"object","properties":{"city":{"type":"string"},"unit":{"type":"string","enum":["c","f"]}},"required":["city"]}"""));
}
