using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;
using OpenAI.Chat;

namespace Nano.LocalHost.Tests.Sdk;

/// <summary>NuGet OpenAI with OpenAI, Anthropic and Google behind the gateway: vision, and the error types that callers catch.</summary>
public class SdkProviderTests(SdkFixture gateway) : IClassFixture<SdkFixture>
{
    [Theory]
    [MemberData(nameof(SdkAnswers.Providers), MemberType = typeof(SdkAnswers))]
    public async Task Vision(string provider)
    {
        var answers = SdkAnswers.Of(provider);
        var image = Enumerable.Range(0, 300).Select(i => (byte)i).ToArray();
        gateway.Script(UpstreamScript.Json(answers.Text("A red square.")));
        ChatCompletion answer = await gateway.Chat(answers.Model).CompleteChatAsync([new UserChatMessage(
            ChatMessageContentPart.CreateTextPart("What is this?"),
            ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(image), "image/png"))]);
        answer.Content[0].Text.ShouldBe("A red square.");
        answer.FinishReason.ShouldBe(ChatFinishReason.Stop);
        (answer.Usage.InputTokenCount, answer.Usage.OutputTokenCount).ShouldBe((10, 4));
        gateway.Upstream.Request.BodyText.ShouldContain(Convert.ToBase64String(image));
        gateway.Upstream.Request.BodyText.ShouldContain("What is this?");
        gateway.Upstream.Request.Headers.Values.ShouldContain(value => value.Contains(GatewayFixture.ProviderKey(provider)));
        gateway.Upstream.Request.Headers.Values.ShouldNotContain(value => value.Contains(GatewayFixture.CallerKey));
    }

    [Theory]
    [MemberData(nameof(SdkAnswers.Providers), MemberType = typeof(SdkAnswers))]
    public async Task A_plain_chat_loses_nothing(string provider)
    {
        var answers = SdkAnswers.Of(provider);
        gateway.Script(UpstreamScript.Json(answers.Text("Hello.")));
        var answer = await gateway.Chat(answers.Model).CompleteChatAsync([new UserChatMessage("Hi")]);
        answer.GetRawResponse().Headers.TryGetValue("x-nano-loss", out var loss).ShouldBeFalse(loss);
    }

    [Theory]
    [InlineData("openai", 400, 400)]
    [InlineData("anthropic", 400, 400)]
    [InlineData("google", 400, 400)]
    [InlineData("openai", 404, 404)]
    [InlineData("anthropic", 404, 404)]
    [InlineData("google", 404, 404)]
    [InlineData("openai", 429, 429)]
    [InlineData("anthropic", 429, 429)]
    [InlineData("google", 429, 429)]
    public async Task An_error_of_the_provider_keeps_its_status_and_message(string provider, int status, int expected)
    {
        var answers = SdkAnswers.Of(provider);
        gateway.Script(UpstreamScript.Json(answers.Error("The provider's own words."), status).Header("retry-after", "7"));
        var error = await Fails(gateway.Chat(answers.Model));
        error.Status.ShouldBe(expected);
        Message(error).ShouldContain("The provider's own words.");
        if (status == 429) error.GetRawResponse()!.Headers.TryGetValue("retry-after", out var wait).ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(SdkAnswers.Providers), MemberType = typeof(SdkAnswers))]
    public async Task A_provider_that_refuses_the_gateways_key_is_a_502_that_names_the_setting(string provider)
    {
        var answers = SdkAnswers.Of(provider);
        gateway.Script(UpstreamScript.Json(answers.Error("bad key"), 401));
        var error = await Fails(gateway.Chat(answers.Model));
        (error.Status, Code(error)).ShouldBe((502, "provider_auth_failed"));
        Message(error).ShouldContain($"{provider.ToUpperInvariant()}_API_KEY");
    }

    [Fact]
    public async Task A_wrong_key_is_a_401()
    {
        (await Fails(gateway.Chat(key: "wrong"))).Status.ShouldBe(401);
        var error = await Should.ThrowAsync<ClientResultException>(async () => await gateway.Models("wrong").GetModelsAsync());
        error.Status.ShouldBe(401);
    }

    [Fact]
    public async Task An_unknown_model_is_a_404()
    {
        var error = await Fails(gateway.Chat("no-such-model"));
        (error.Status, Code(error)).ShouldBe((404, "model_not_found"));
        (await Should.ThrowAsync<ClientResultException>(async () => await gateway.Models().GetModelAsync("no-such-model"))).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Empty_messages_are_a_400() =>
        (await Should.ThrowAsync<ClientResultException>(async () =>
            await gateway.Chat().CompleteChatAsync(BinaryContent.Create(BinaryData.FromString("""{"model":"nano/echo","messages":[]}"""))))).Status.ShouldBe(400);

    [Fact]
    public async Task A_missing_provider_key_is_a_503_that_names_the_setting()
    {
        var error = await Fails(gateway.Chat("xai/grok-4.6"));
        error.Status.ShouldBe(503);
        Message(error).ShouldContain("XAI_API_KEY");
    }

    /// <summary>This SDK has no exception for an error event in a Chat stream; it passes it on as an update without a finish reason. The broken connection after it
    /// throws.</summary>
    [Fact]
    public async Task Case05_A_cut_stream_does_not_end_cleanly()
    {
        gateway.Script(UpstreamScript.Sse(
            """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":{"role":"assistant","content":"Half"},"finish_reason":null}]}""" + "\n\n").Reset());
        var text = "";
        var last = "";
        await Should.ThrowAsync<IOException>(async () =>
        {
            await foreach (var update in gateway.Chat("openai/gpt-4o").CompleteChatStreamingAsync([new UserChatMessage("Hi")]))
            {
                text += string.Concat(update.ContentUpdate.Select(part => part.Text));
                update.FinishReason.ShouldBeNull();
                last = ModelReaderWriter.Write(update).ToString();
            }
        });
        text.ShouldBe("Half");
        JsonDocument.Parse(last).RootElement.TryGetProperty("error", out _).ShouldBeTrue(last);
    }

    private static Task<ClientResultException> Fails(ChatClient chat) =>
        Should.ThrowAsync<ClientResultException>(async () => await chat.CompleteChatAsync([new UserChatMessage("Hi")]));

    private static string Message(ClientResultException error) => Body(error).GetProperty("message").GetString()!;

    private static string? Code(ClientResultException error) => Body(error).GetProperty("code").GetString();

    private static JsonElement Body(ClientResultException error) =>
        JsonDocument.Parse(error.GetRawResponse()!.Content).RootElement.GetProperty("error");
}
