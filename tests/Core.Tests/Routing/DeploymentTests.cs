using Nano.Dialects;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.OpenAIResponses;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Providers.OpenAICompatible;
using Nano.Providers.Vertex;
using Nano.Routing;
using Nano.Secrets;

namespace Nano.Tests.Routing;

/// <summary>The choice among a deployment's dialects for a request.</summary>
public sealed class DeploymentTests
{
    private static readonly OpenAIChatDialect Chat = new();
    private static readonly OpenAIResponsesDialect Responses = new();

    /// <summary>OpenAI's models: Chat if it is sufficient, Responses for the rest, and always for callers of Responses.</summary>
    [Theory]
    [InlineData("openai-chat", "gpt-4o", true, ReasoningWish.Asked, "openai-chat")]
    [InlineData("openai-chat", "gpt-6-astra", false, ReasoningWish.None, "openai-chat")]
    [InlineData("openai-chat", "gpt-6-astra", true, ReasoningWish.None, "openai-responses")]
    [InlineData("openai-chat", "gpt-5.4-pro", false, ReasoningWish.None, "openai-responses")]
    [InlineData("openai-responses", "gpt-4o", false, ReasoningWish.None, "openai-responses")]
    [InlineData("openai-responses", "gpt-4o", true, ReasoningWish.Off, "openai-responses")]
    [InlineData("anthropic-messages", "gpt-4o", true, ReasoningWish.None, "openai-chat")]
    [InlineData("anthropic-messages", "gpt-6-astra", true, ReasoningWish.None, "openai-responses")]
    [InlineData("gemini", "gpt-5.4-pro", false, ReasoningWish.None, "openai-responses")]
    public void A_callers_own_dialect_comes_first_and_then_the_order_of_fidelity(string caller, string model, bool tools, ReasoningWish wish, string dialect)
    {
        var provider = OpenAICompatibleProvider.Create(ModelMakers.All.First(vendor => vendor.Id == "openai"), Chat, Responses);
        var chosen = Deploy(provider, model).Choose(caller, Operation.Chat, new RequestNeeds(tools, wish))!;
        chosen.Dialect.Name.ShouldBe(dialect);
        chosen.IsPassthroughFor(caller).ShouldBe(caller == dialect);
    }

    /// <summary>Metrics have these names: callers can invent dates, and providers any name.</summary>
    [Theory]
    [InlineData("gpt-4o", null, "gpt-4o", null)]
    [InlineData("gpt-4o", "gpt-4o", "gpt-4o", "gpt-4o")]
    [InlineData("gpt-4o", "gpt-4o-2024-08-06", "gpt-4o", "gpt-4o")]
    [InlineData("gpt-4o-2020-01-01", "gpt-4o-20240806", "gpt-4o", "gpt-4o")]
    [InlineData("gpt-4o", "models/gpt-4o", "gpt-4o", "gpt-4o")]
    [InlineData("gpt-4o", "gpt-4o-0613", "gpt-4o", "gpt-4o")]
    [InlineData("gpt-4o", "gpt-4o-mini", "gpt-4o", "gpt-4o-mini")]
    [InlineData("gpt-5.6", "gpt-5.6-sol", "gpt-5.6", "gpt-5.6-sol")]
    [InlineData("gpt-4o", "anything", "gpt-4o", null)]
    [InlineData("my-model", "gpt-4o-2024-08-06", null, "gpt-4o")]
    [InlineData("my-model", "my-model", null, null)]
    public void Names_are_those_that_the_catalogue_lists(string model, string? answered, string? listed, string? listedAnswered)
    {
        var deployment = Deploy(OpenAICompatibleProvider.Create(ModelMakers.All.First(vendor => vendor.Id == "openai"), Chat, Responses), model);
        for (var i = 0; i < 2; i++) (deployment.ListedName, deployment.ListedNameOf(answered)).ShouldBe((listed, listedAnswered));
    }

    /// <summary>The bytes of hosted dialects differ from those of the developers' APIs, so callers of these APIs are converted.</summary>
    [Theory]
    [InlineData("gemini", "gemini-3.8-flash", "gemini-vertex")]
    [InlineData("openai-chat", "gemini-3.8-flash", "gemini-vertex")]
    [InlineData("anthropic-messages", "claude-opus-5-5", "anthropic-messages-hosted")]
    [InlineData("gemini", "claude-opus-5-5", "anthropic-messages-hosted")]
    public void Passthrough_never_connects_different_dialects(string caller, string model, string dialect)
    {
        var provider = VertexProvider.Create(new GeminiDialect(onVertex: true), VertexSettings.Read(new Dictionary<string, string>(), [], _ => null));
        var chosen = Deploy(provider, model).Choose(caller, Operation.Chat, default)!;
        chosen.Dialect.Name.ShouldBe(dialect);
        chosen.IsPassthroughFor(caller).ShouldBeFalse();
    }

    [Fact]
    public void A_request_that_no_dialect_supports_uses_the_first_dialect()
    {
        var provider = FakeProvider.Create("p") with
        {
            Dialects = [new(Chat, (baseUrl, _, _) => new Uri(baseUrl)) { Gaps = [new("*", DialectGap.Tools)] }],
        };
        Deploy(provider, "m").Choose(Chat.Name, Operation.Chat, new RequestNeeds(true, ReasoningWish.None))!.Dialect.ShouldBeSameAs(Chat);
    }

    [Fact]
    public void An_operation_that_a_model_does_not_offer_has_no_dialect()
    {
        var provider = FakeProvider.Create("p") with
        {
            Dialects =
            [
                new(Chat, (baseUrl, _, _) => new Uri(baseUrl + "/chat")) { Models = "chat-*" },
                new(Chat, (baseUrl, _, _) => new Uri(baseUrl + "/embeddings")) { Models = "embed-*", Operation = Operation.Embeddings },
            ],
        };
        Deploy(provider, "chat-1").Choose(Chat.Name, Operation.Embeddings, default).ShouldBeNull();
        Deploy(provider, "embed-1").Choose(Chat.Name, Operation.Chat, default).ShouldBeNull();
        Deploy(provider, "embed-1").Choose(Chat.Name, Operation.Embeddings, default)!.Address(stream: false).AbsolutePath.ShouldEndWith("/embeddings");
    }

    [Fact]
    public void Addresses_are_built_once()
    {
        var built = 0;
        var provider = FakeProvider.Create("p") with { Dialects = [new(Chat, (baseUrl, _, stream) => { built++; return new Uri(baseUrl + (stream ? "/s" : "/w")); })] };
        var chosen = Deploy(provider, "m").Choose(Chat.Name, Operation.Chat, default)!;
        for (var i = 0; i < 3; i++) (chosen.Address(stream: true), chosen.Address(stream: false)).ShouldBe((new Uri("https://h/s"), new Uri("https://h/w")));
        built.ShouldBe(2);
    }

    [Fact]
    public void Reasoning_state_of_two_dialects_has_two_homes()
    {
        var provider = OpenAICompatibleProvider.Create(ModelMakers.All.First(vendor => vendor.Id == "openai"), Chat, Responses);
        var deployment = Deploy(provider, "gpt-5.5-2026-04-23");
        var (chat, responses) = (deployment.Choose(Chat.Name, Operation.Chat, default)!, deployment.Choose(Responses.Name, Operation.Chat, default)!);
        chat.StateHome.ShouldNotBe(responses.StateHome);
        chat.StateHome.ShouldBe(Deploy(provider, "gpt-5.5").Choose(Chat.Name, Operation.Chat, default)!.StateHome, "a snapshot is the same model");
    }

    private static Deployment Deploy(Provider provider, string model) =>
        new(provider, model, ModelCatalogue.Embedded, "https://h", new SettingsSecretSource(new Dictionary<string, string>()));
}
