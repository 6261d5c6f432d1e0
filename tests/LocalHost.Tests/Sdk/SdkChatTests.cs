using System.ClientModel;
using System.Text.Json;
using OpenAI.Chat;

namespace Nano.LocalHost.Tests.Sdk;

/// <summary>NuGet OpenAI against the host: the first steps of a new user, with the built-in model.</summary>
public class SdkChatTests(SdkFixture gateway) : IClassFixture<SdkFixture>
{
    [Fact]
    public async Task A_chat()
    {
        ChatCompletion answer = await gateway.Chat().CompleteChatAsync(
            [new SystemChatMessage("Be brief."), new UserChatMessage("Hello Nano")]);
        answer.Content[0].Text.ShouldBe("Nano is working. You said: Hello Nano");
        answer.FinishReason.ShouldBe(ChatFinishReason.Stop);
        answer.Role.ShouldBe(ChatMessageRole.Assistant);
        answer.Usage.InputTokenCount.ShouldBe(4);
        answer.Usage.OutputTokenCount.ShouldBe(7);
        answer.Usage.TotalTokenCount.ShouldBe(11);
    }

    /// <summary>In both forms, whichever was stored; the npm SDKs are in tests/sdk-node/test/cache.test.mjs.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cached_response(bool stored)
    {
        using var cache = new CacheHandler();
        var client = new ChatClient("nano/echo", new ApiKeyCredential(Hosting.GatewayFixture.CallerKey), gateway.Options(cache));
        var content = "Hello " + Guid.NewGuid();
        foreach (var stream in (bool[])[stored, false, true])
        {
            var (text, tokens) = ("", 0);
            if (stream)
                await foreach (var update in client.CompleteChatStreamingAsync(new UserChatMessage(content)))
                {
                    text += string.Concat(update.ContentUpdate.Select(part => part.Text));
                    tokens = update.Usage?.OutputTokenCount ?? tokens;
                }
            else
            {
                ChatCompletion answer = await client.CompleteChatAsync(new UserChatMessage(content));
                (text, tokens) = (answer.Content[0].Text, answer.Usage.OutputTokenCount);
            }
            text.ShouldBe("Nano is working. You said: " + content);
            tokens.ShouldBePositive();
        }
        cache.Seen.ShouldBe(["miss", "hit", "hit"]);
    }

    [Fact]
    public async Task A_stream()
    {
        var texts = new List<string>();
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        await foreach (var update in gateway.Chat().CompleteChatStreamingAsync([new UserChatMessage("Hello Nano")]))
        {
            texts.AddRange(update.ContentUpdate.Select(part => part.Text));
            finish ??= update.FinishReason;
            usage ??= update.Usage;
        }
        string.Concat(texts).ShouldBe("Nano is working. You said: Hello Nano");
        texts.Count(text => text.Length > 0).ShouldBe(7);
        finish.ShouldBe(ChatFinishReason.Stop);
        usage.ShouldNotBeNull().OutputTokenCount.ShouldBe(7);
    }

    [Fact]
    public async Task A_limit()
    {
        ChatCompletion answer = await gateway.Chat().CompleteChatAsync(
            [new UserChatMessage("Hello Nano")], new ChatCompletionOptions { MaxOutputTokenCount = 3 });
        (answer.Content[0].Text, answer.FinishReason).ShouldBe(("Nano is working.", ChatFinishReason.Length));
    }

    [Fact]
    public async Task Structured_output()
    {
        var schema = BinaryData.FromString("""
            {"type":"object","additionalProperties":false,"required":["city","celsius"],
             "properties":{"city":{"type":"string"},"celsius":{"type":"integer","minimum":-5}}}
            """);
        ChatCompletion answer = await gateway.Chat().CompleteChatAsync([new UserChatMessage("Weather?")], new ChatCompletionOptions
        {
            ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("weather", schema, jsonSchemaIsStrict: true),
        });
        var weather = JsonDocument.Parse(answer.Content[0].Text).RootElement;
        weather.GetProperty("city").GetString().ShouldBe("city");
        weather.GetProperty("celsius").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task An_image()
    {
        ChatCompletion answer = await gateway.Chat().CompleteChatAsync([new UserChatMessage(
            ChatMessageContentPart.CreateTextPart("What is this?"),
            ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(new byte[90]), "image/png"))]);
        answer.Content[0].Text.ShouldBe("Nano is working. I see an image (image/png, 90 bytes). You said: What is this?");
    }

    [Fact]
    public async Task The_models()
    {
        var models = (await gateway.Models().GetModelsAsync()).Value;
        models.Select(model => model.Id).ShouldContain("nano/echo");
        var one = (await gateway.Models().GetModelAsync("nano/echo")).Value;
        (one.Id, one.OwnedBy).ShouldBe(("nano/echo", "nano"));
    }
}
