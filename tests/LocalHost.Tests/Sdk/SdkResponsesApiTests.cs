using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;
using OpenAI.Responses;

namespace Nano.LocalHost.Tests.Sdk;

#pragma warning disable OPENAI001 // The SDK calls its Responses client experimental.

/// <summary>The official .NET SDK's Responses client, with models of other dialects behind the gateway.</summary>
public class SdkResponsesApiTests(SdkFixture gateway) : IClassFixture<SdkFixture>
{
    public static TheoryData<string> Providers => ["anthropic", "google"];

    private ResponsesClient Client => Connect();

    private ResponsesClient Connect(HttpMessageHandler? handler = null) => new(new ApiKeyCredential(GatewayFixture.CallerKey), new ResponsesClientOptions
    {
        Endpoint = new Uri(gateway.Client.BaseAddress!, "/v1"),
        RetryPolicy = new ClientRetryPolicy(0),
        Transport = new HttpClientPipelineTransport(new HttpClient(handler ?? new SocketsHttpHandler { UseProxy = false })),
    });

    private static readonly ResponseTool Weather = ResponseTool.CreateFunctionTool(
        "get_weather", BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}"""),
        strictModeEnabled: false, functionDescription: "The weather.");

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_tool_loop(string provider)
    {
        var answers = SdkAnswers.Of(provider);
        var options = new CreateResponseOptions { Model = answers.Model, Instructions = "Be brief.", Tools = { Weather },
            InputItems = { ResponseItem.CreateUserMessageItem("Weather?") }, Metadata = { ["team"] = "north" } };
        gateway.Script(UpstreamScript.Json(answers.ToolCall("get_weather", """{"city":"Bergen"}""")));
        ResponseResult first = await Client.CreateResponseAsync(options);
        first.Metadata["team"].ShouldBe("north");
        first.Status.ShouldBe(ResponseStatus.Completed);
        var call = first.OutputItems.OfType<FunctionCallResponseItem>().ShouldHaveSingleItem();
        call.FunctionName.ShouldBe("get_weather");
        JsonDocument.Parse(call.FunctionArguments).RootElement.GetProperty("city").GetString().ShouldBe("Bergen");

        foreach (var item in first.OutputItems) options.InputItems.Add(item);
        options.InputItems.Add(ResponseItem.CreateFunctionCallOutputItem(call.CallId, "Rain"));
        gateway.Script(UpstreamScript.Json(answers.Text("It rains.")));
        ResponseResult second = await Client.CreateResponseAsync(options);
        second.GetOutputText().ShouldBe("It rains.");
        (second.Usage.InputTokenCount, second.Usage.OutputTokenCount, second.Usage.TotalTokenCount).ShouldBe((10, 4, 14));
        gateway.Upstream.Request.BodyText.ShouldContain("Rain");
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_stream(string provider)
    {
        var answers = SdkAnswers.Of(provider);
        // A whole response when a stream was requested: the caller gets a stream nevertheless.
        gateway.Script(UpstreamScript.Json(answers.Text("It rains.")));
        var text = new StringBuilder();
        ResponseResult? end = null;
        await foreach (var update in await Client.CreateResponseStreamingAsync(new CreateResponseOptions
            { Model = answers.Model, StreamingEnabled = true, InputItems = { ResponseItem.CreateUserMessageItem("Weather?") } }))
        {
            if (update is StreamingResponseOutputTextDeltaUpdate delta) text.Append(delta.Delta);
            if (update is StreamingResponseCompletedUpdate completed) end = completed.Response;
        }
        text.ToString().ShouldBe("It rains.");
        end.ShouldNotBeNull();
        end.GetOutputText().ShouldBe("It rains.");
    }

    /// <summary>In both forms, also the one that was not stored.</summary>
    [Fact]
    public async Task A_cached_response()
    {
        var answers = SdkAnswers.Of("anthropic");
        gateway.Script(UpstreamScript.Json(answers.Text("It rains.")));
        using var cache = new CacheHandler();
        var client = Connect(cache);
        for (var i = 0; i < 2; i++)
        {
            ResponseResult whole = await client.CreateResponseAsync(answers.Model, "Is it cached?");
            (whole.GetOutputText(), whole.Usage.TotalTokenCount).ShouldBe(("It rains.", 14));
        }
        var text = new StringBuilder();
        await foreach (var update in await client.CreateResponseStreamingAsync(answers.Model, "Is it cached?"))
            if (update is StreamingResponseOutputTextDeltaUpdate delta) text.Append(delta.Delta);
        text.ToString().ShouldBe("It rains.");
        cache.Seen.ShouldBe(["miss", "hit", "hit"]);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_refusal_of_the_provider(string provider)
    {
        gateway.Script(UpstreamScript.Json(
            """{"type":"error","error":{"type":"invalid_request_error","code":400,"status":"INVALID_ARGUMENT","message":"Too grey."},"message":"Too grey."}""", 400));
        var error = await Should.ThrowAsync<ClientResultException>(() => Client.CreateResponseAsync(SdkAnswers.Of(provider).Model, "Hello"));
        (error.Status, error.Message.Contains("Too grey.", StringComparison.Ordinal)).ShouldBe((400, true));
    }

    [Fact]
    public async Task A_stream_that_fails_ends_with_the_failure()
    {
        // An error that arrives with the beginning is a whole response.
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = new UpstreamScript().Header("content-type", "text/event-stream").Send(
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n"
            + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
            + "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"It\"}}\n\n").WaitFor(seen.Task).Send(
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n");
        gateway.Script(started);
        var updates = new List<StreamingResponseUpdate>();
        await foreach (var update in await Client.CreateResponseStreamingAsync(new CreateResponseOptions
            { Model = "anthropic/claude-haiku-5-5", StreamingEnabled = true, InputItems = { ResponseItem.CreateUserMessageItem("Hello") } }))
        {
            updates.Add(update);
            if (update is StreamingResponseOutputTextDeltaUpdate) seen.TrySetResult();
        }
        // As at OpenAI: the failure is an update, and none reports that the response is complete.
        updates.OfType<StreamingResponseErrorUpdate>().Single().Message.ShouldBe("Overloaded");
        updates[^1].ShouldBeOfType<StreamingResponseFailedUpdate>().Response.Error.Message.ShouldBe("Overloaded");
    }
}
