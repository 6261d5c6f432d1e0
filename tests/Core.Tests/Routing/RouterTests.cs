using FsCheck;
using FsCheck.Fluent;
using Nano.Configuration;
using Nano.Errors;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.Secrets;
using Nano.Tests.Providers;

namespace Nano.Tests.Routing;

public sealed class RouterTests
{
    [Theory]
    // provider/model, known or not, with more slashes
    [InlineData("openai/gpt-5.5", "openai", "gpt-5.5", "openai/gpt-5.5")]
    [InlineData("openai/made-up", "openai", "made-up", null)]
    [InlineData("google/models/gemini-2.5-pro", "google", "models/gemini-2.5-pro", null)]
    [InlineData("xai/team/a/b", "xai", "team/a/b", null)]
    [InlineData("openai/claude-opus-5-5", "openai", "claude-opus-5-5", null)]
    [InlineData("nano/echo", "nano", "echo", "nano/echo")]
    // bare names by the catalogue
    [InlineData("echo", "nano", "echo", "nano/echo")]
    [InlineData("claude-opus-5-5", "anthropic", "claude-opus-5-5", "anthropic/claude-opus-5-5")]
    [InlineData("grok-4.7", "xai", "grok-4.7", "xai/grok-4.7")]
    [InlineData("gpt-5.6", "openai", "gpt-5.6", "openai/gpt-5.6-sol")]
    // dated snapshots keep their name in the provider's request
    [InlineData("claude-haiku-4-5-20251001", "anthropic", "claude-haiku-4-5-20251001", "anthropic/claude-haiku-4-5")]
    [InlineData("openai/gpt-4o-2024-08-06", "openai", "gpt-4o-2024-08-06", "openai/gpt-4o")]
    // bare names by prefix
    [InlineData("gpt-99", "openai", "gpt-99", null)]
    [InlineData("o3-mini", "openai", "o3-mini", null)]
    [InlineData("claude-3-5-haiku-latest", "anthropic", "claude-3-5-haiku-latest", null)]
    [InlineData("gemini-embedding-001", "google", "gemini-embedding-001", null)]
    [InlineData("grok-2-1212", "xai", "grok-2-1212", null)]
    [InlineData("gpt-ft:org:x@1", "openai", "gpt-ft:org:x@1", null)]
    public void A_name_becomes_a_deployment(string name, string provider, string model, string? known)
    {
        var router = NewRouter();

        for (var round = 1; round <= 2; round++)
        {
            var (deployment, error) = router.Resolve(name);

            error.ShouldBeNull($"{name}, round {round}");
            deployment!.Provider.Id.ShouldBe(provider);
            deployment.Model.ShouldBe(model);
            deployment.Name.ShouldBe(provider + "/" + model);
            deployment.Info?.Name.ShouldBe(known);
            (deployment.Info is null).ShouldBe(known is null);
        }
    }

    [Fact]
    public void A_name_is_resolved_once()
    {
        var router = NewRouter();
        router.Resolve("openai/gpt-5.5").Deployment.ShouldBeSameAs(router.Resolve("openai/gpt-5.5").Deployment);
    }

    [Theory]
    [InlineData("opus-5", "Near names: ", "anthropic/claude-opus-5-5")]
    [InlineData("cloude-opus-5-5", "Near names: ", "anthropic/claude-opus-5-5")]
    [InlineData("GPT-5.5", "Near names: ", "openai/gpt-5.5")]
    [InlineData("opnai/gpt-5.5", "there is no provider 'opnai' here. Providers: nano, openai, anthropic, google, xai.", "openai/gpt-5.5")]
    [InlineData("mistral/mistral-small-latest", "there is no provider 'mistral' here. Providers: nano, openai, anthropic, google, xai.")]
    [InlineData("OpenAI/gpt-5.5", "there is no provider 'OpenAI' here.", "openai/gpt-5.5")]
    [InlineData("qwen/qwen3-32b", "there is no provider 'qwen' here.")]
    [InlineData("totally-unlike-anything", "does not exist. Name one as 'provider/model' (providers: nano, openai, anthropic, google, xai), or see GET /v1/models.")]
    public void An_unknown_name_is_a_404_with_suggestions(string name, params string[] said)
    {
        var (deployment, error) = NewRouter().Resolve(name);

        deployment.ShouldBeNull();
        error.ShouldNotBeNull();
        error.Kind.ShouldBe(GatewayErrorKind.NotFound);
        error.Status.ShouldBe(404);
        error.Code.ShouldBe("model_not_found");
        error.Param.ShouldBe("model");
        foreach (var part in said) error.Message.ShouldContain(part);
    }

    [Fact]
    public void At_most_five_near_names_and_only_of_registered_providers()
    {
        var message = NewRouter().Resolve("gpt5").Error!.Message + NewRouter().Resolve("claude").Error!.Message;
        message.ShouldContain("Near names");
        var near = NewRouter().Resolve("gemini").Error!.Message.Split("Near names: ")[1].TrimEnd('.').Split(", ");
        near.Length.ShouldBe(5);
        near.ShouldAllBe(name => name.StartsWith("google/"));
        // A model of Groq is near, but Groq is not registered.
        NewRouter().Resolve("llama-3.3-70b-versatil").Error!.Message.ShouldNotContain("groq");
    }

    [Fact]
    public void Listed_models_are_suggested_to_the_owner_but_not_to_a_session_token()
    {
        var listed = new ListedModels();
        listed.Set(FakeProvider.Four[1], ModelCatalogue.Embedded, [new ListedModel("gpt-private-9000", null)]);
        var router = new Router(FakeProvider.Four, ModelCatalogue.Embedded, new GatewayOptions(), new SettingsSecretSource(new Dictionary<string, string>()), listed);
        router.Resolve("opnai/gpt-private-9001", tellsListed: true).Error!.Message.ShouldContain("openai/gpt-private-9000");
        router.Resolve("opnai/gpt-private-9001", tellsListed: false).Error!.Message.ShouldNotContain("gpt-private-9000");
        router.Resolve("opnai/gpt-private-9001").Error!.Message.ShouldNotContain("gpt-private-9000", Case.Sensitive, "no one is told by default");
        // Without a list, no request is sent.
        NewRouter().Resolve("opnai/gpt-private-9001", tellsListed: true).Error!.Status.ShouldBe(404);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("openai/")]
    [InlineData("/gpt-5.5")]
    [InlineData("openai//gpt-5.5")]
    [InlineData("google/../../v1/files")]
    [InlineData("google/./gemini-2.5-pro")]
    [InlineData("google/gemini-2.5-pro?key=x")]
    [InlineData("google/gemini-2.5-pro#x")]
    [InlineData("google/gemini%2e%2e")]
    [InlineData("google/gemini 2.5")]
    [InlineData("google/gemini\\x")]
    [InlineData("gpt-5.5\r\nx-evil: 1")]
    [InlineData("gpt-\u00e9")]
    [InlineData("gpt-\ud800")]
    [InlineData("gpt-\u0000")]
    public void A_name_that_could_change_the_address_is_refused(string name)
    {
        var error = NewRouter().Resolve(name).Error;
        error.ShouldNotBeNull(name);
        error.Code.ShouldBe("model_not_found");
        error.Message.ShouldNotContain('\r');
        error.Message.ShouldNotContain('\n');
        error.Message.ShouldNotContain('\0');
        error.Message.ShouldNotContain('\ud800');
    }

    [Fact]
    public void A_huge_name_is_neither_searched_for_nor_repeated()
    {
        var error = NewRouter().Resolve("gpt-" + new string('x', 1_000_000)).Error!;
        error.Message.Length.ShouldBeLessThan(400);
    }

    /// <summary>Case 27: memory that callers can grow.</summary>
    [Fact]
    public void Case27_Invented_names_do_not_grow_memory()
    {
        var router = NewRouter();
        for (var i = 0; i < 20_000; i++) router.Resolve("openai/made-up-" + i);
        router.Remembered.ShouldBeLessThanOrEqualTo(RouteTable.MaxRemembered);
        router.Deployments.Count.ShouldBeLessThanOrEqualTo(DeploymentTable.MaxUnproven);
        router.Resolve("openai/gpt-5.5").Deployment!.Info.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("gpt-5.5", "openai/gpt-5.5")]
    [InlineData("openai/gpt-of-tomorrow", "gpt-of-tomorrow")]
    public void Spellings_of_a_model_share_one_deployment(string one, string other)
    {
        var router = NewRouter();
        router.Resolve(one).Deployment.ShouldBeSameAs(router.Resolve(other).Deployment);
    }

    [Fact]
    public void Two_thousand_names_evict_no_deployment()
    {
        var router = NewRouter();
        var first = Enumerable.Range(0, 2000).Select(i => router.Resolve("openai/made-up-" + i).Deployment!).ToList();
        for (var i = 0; i < first.Count; i++) router.Resolve("openai/made-up-" + i).Deployment.ShouldBeSameAs(first[i]);
    }

    [Fact]
    public void A_flood_of_names_evicts_no_deployment_that_has_served_or_is_in_the_catalogue()
    {
        var router = NewRouter();
        var served = router.Resolve("openai/served-once").Deployment!;
        served.MarkServed();
        var known = router.Resolve("openai/gpt-5.5").Deployment;
        var unproven = router.Resolve("openai/never-served").Deployment;
        for (var i = 0; i < 3 * DeploymentTable.MaxUnproven; i++) router.Resolve("openai/made-up-" + i);
        router.Resolve("openai/served-once").Deployment.ShouldBeSameAs(served);
        router.Resolve("gpt-5.5").Deployment.ShouldBeSameAs(known);
        router.Resolve("openai/never-served").Deployment.ShouldNotBeSameAs(unproven);
    }

    [Fact]
    public void The_longest_prefix_wins_and_ties_go_to_the_first()
    {
        Provider[] providers = [FakeProvider.Create("a", "gp-", "x-"), FakeProvider.Create("b", "gp-special-"), FakeProvider.Create("c", "gp-", "x-")];
        var router = NewRouter(providers);
        router.Resolve("gp-1").Deployment!.Provider.Id.ShouldBe("a");
        router.Resolve("gp-special-1").Deployment!.Provider.Id.ShouldBe("b");
        router.Resolve("x-1").Deployment!.Provider.Id.ShouldBe("a");
    }

    [Fact]
    public void An_id_with_a_slash_is_a_bare_name_if_its_first_part_is_not_a_provider()
    {
        var router = NewRouter([FakeProvider.Create("groq")]);
        router.Resolve("qwen/qwen3-32b").Deployment!.Name.ShouldBe("groq/qwen/qwen3-32b");
        router.Resolve("groq/qwen/qwen3-32b").Deployment!.Info.ShouldNotBeNull();
        router.Resolve("groq/groq/compound").Deployment!.Info!.Prices.ShouldBeNull();
    }

    [Theory]
    [InlineData("", "nano")]
    [InlineData("XAI_API_KEY=x", "nano xai")]
    [InlineData("GEMINI_API_KEY=x;OPENAI_API_KEY=y", "nano openai google")]
    public async Task Models_of_providers_with_a_key_are_listed(string settings, string providers)
    {
        var list = await NewRouter(secrets: new SettingsSecretSource(Settings(settings))).ListAsync(CancellationToken.None);

        string.Join(' ', list.Select(model => model.Provider).Distinct()).ShouldBe(providers);
        list[0].Name.ShouldBe("nano/echo");
        foreach (var id in providers.Split(' ')) list.Count(model => model.Provider == id).ShouldBe(ModelCatalogue.Embedded.Models.Count(model => model.Provider == id));
    }

    [Theory]
    [InlineData("echo", "nano/echo", 0)]
    [InlineData("openai/gpt-5.5", "openai/gpt-5.5", 0)]
    [InlineData("gpt-4o-2024-08-06", "openai/gpt-4o", 0)]
    [InlineData("gpt-99", null, 404)]
    [InlineData("nothing", null, 404)]
    [InlineData("grok-4.7", null, 503)]
    public async Task One_listed_model_is_found(string name, string? found, int status)
    {
        var (model, error) = await NewRouter(secrets: new SettingsSecretSource(Settings("OPENAI_API_KEY=x"))).FindListedAsync(name, false, CancellationToken.None);
        model?.Name.ShouldBe(found);
        (model is null).ShouldBe(found is null);
        (error?.Status ?? 0).ShouldBe(status);
    }

    [Fact]
    public void Any_name_is_a_deployment_or_a_404()
    {
        var router = NewRouter();
        Prop.ForAll<string, string>((a, b) =>
        {
            foreach (var name in new[] { a ?? "", "openai/" + a, a + "/" + b, "gpt-" + a, "claude-opus-5-5-" + b, a + "-2025-01-01" })
            {
                var (deployment, error) = router.Resolve(name);
                if ((deployment is null) == (error is null)) return false;
                if (deployment is not null && !deployment.ChatAddress(stream: true).AbsoluteUri.StartsWith(deployment.BaseUrl, StringComparison.Ordinal)) return false;
                if (error is not null && error.Message.Any(char.IsControl)) return false;
            }
            return true;
        }).QuickCheckThrowOnFailure();
    }

    internal static Router NewRouter(IReadOnlyList<Provider>? providers = null, GatewayOptions? options = null, ISecretSource? secrets = null) =>
        new(providers ?? FakeProvider.Four, ModelCatalogue.Embedded, options ?? new GatewayOptions(), secrets ?? new SettingsSecretSource(new Dictionary<string, string>()));

    internal static Dictionary<string, string> Settings(string pairs) =>
        pairs.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
}
