using System.ClientModel;
using System.ClientModel.Primitives;
using Azure.AI.OpenAI;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Nano.LocalHost;
using OpenAI.Chat;

namespace Nano.AzureSdk.Tests;

/// <summary>NuGet Azure.AI.OpenAI; only its endpoint and key are changed.</summary>
public sealed class AzureClientTests : IAsyncLifetime
{
    private const string Key = "the-callers-key-0123456789";

    private static readonly ChatTool Weather = ChatTool.CreateFunctionTool(
        "get_weather", "The weather of a city", BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"""));

    private WebApplication? _gateway;
    private AzureOpenAIClient _client = null!;

    public async Task InitializeAsync()
    {
        _gateway = LocalHostApp.Build(new Dictionary<string, string> { ["API_KEY"] = Key, ["PORT"] = "0" }, static _ => { }, static builder => builder.Logging.ClearProviders());
        await _gateway!.StartAsync();
        _client = new AzureOpenAIClient(new Uri(_gateway.Urls.First()), new ApiKeyCredential(Key),
            new AzureOpenAIClientOptions { RetryPolicy = new ClientRetryPolicy(maxRetries: 0) });
    }

    public async Task DisposeAsync()
    {
        if (_gateway is null) return;
        await _gateway.StopAsync();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task Chats()
    {
        ChatCompletion completion = await _client.GetChatClient("nano/echo").CompleteChatAsync(new UserChatMessage("Hello"));
        completion.Content[0].Text.ShouldBe("Nano is working. You said: Hello");
        completion.FinishReason.ShouldBe(ChatFinishReason.Stop);
        completion.Usage.TotalTokenCount.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Streams()
    {
        var text = "";
        await foreach (var update in _client.GetChatClient("nano/echo").CompleteChatStreamingAsync(new UserChatMessage("Hello")))
            foreach (var part in update.ContentUpdate) text += part.Text;
        text.ShouldBe("Nano is working. You said: Hello");
    }

    /// <summary>In both forms, whichever was stored.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reads_a_cached_response(bool stored)
    {
        var options = new AzureOpenAIClientOptions { RetryPolicy = new ClientRetryPolicy(maxRetries: 0) };
        var cache = new CachePolicy();
        options.AddPolicy(cache, PipelinePosition.PerCall);
        var client = new AzureOpenAIClient(new Uri(_gateway!.Urls.First()), new ApiKeyCredential(Key), options).GetChatClient("nano/echo");
        var content = "Hello " + Guid.NewGuid();
        foreach (var stream in (bool[])[stored, false, true])
        {
            var text = "";
            if (stream)
                await foreach (var update in client.CompleteChatStreamingAsync(new UserChatMessage(content)))
                    foreach (var part in update.ContentUpdate) text += part.Text;
            else text = (await client.CompleteChatAsync(new UserChatMessage(content))).Value.Content[0].Text;
            text.ShouldBe("Nano is working. You said: " + content);
        }
        cache.Seen.ShouldBe(["miss", "hit", "hit"]);
    }

    [Fact]
    public async Task Calls_a_tool()
    {
        ChatCompletion completion = await _client.GetChatClient("nano/echo").CompleteChatAsync(
            [new UserChatMessage("The weather?")], new ChatCompletionOptions { Tools = { Weather }, ToolChoice = ChatToolChoice.CreateRequiredChoice() });
        completion.FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
        completion.ToolCalls.Single().FunctionName.ShouldBe("get_weather");
    }

    [Theory]
    [InlineData("no-such-model", 404)]
    [InlineData("mistral/mistral-large", 503)]
    public async Task Reads_an_error(string deployment, int status)
    {
        var error = await Should.ThrowAsync<ClientResultException>(async () => await _client.GetChatClient(deployment).CompleteChatAsync(new UserChatMessage("Hello")));
        error.Status.ShouldBe(status, error.Message);
    }

    /// <summary>Asks for the cache, and notes what the gateway reports.</summary>
    private sealed class CachePolicy : PipelinePolicy
    {
        public List<string?> Seen { get; } = [];

        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex) => throw new NotSupportedException();

        public override async ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Set("x-nano-cache", "ttl=600");
            await ProcessNextAsync(message, pipeline, currentIndex);
            Seen.Add(message.Response!.Headers.TryGetValue("x-nano-cache", out var value) ? value : null);
        }
    }
}
