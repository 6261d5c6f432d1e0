using System.Text;
using Nano.Chat;
using Nano.Configuration;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Providers.Vertex;
using Nano.Routing;
using Nano.Secrets;

namespace Nano.Tests.Providers.Vertex;

/// <summary>The addresses and credentials of requests to Vertex AI, and the effect of the settings.</summary>
public sealed class VertexProviderTests
{
    [Theory]
    [InlineData(null, "https://aiplatform.googleapis.com/v1/projects/p-1/locations/global")]
    [InlineData("global", "https://aiplatform.googleapis.com/v1/projects/p-1/locations/global")]
    [InlineData("us", "https://aiplatform.us.rep.googleapis.com/v1/projects/p-1/locations/us")]
    [InlineData("eu", "https://aiplatform.eu.rep.googleapis.com/v1/projects/p-1/locations/eu")]
    [InlineData("asia", "https://aiplatform.googleapis.com/v1/projects/p-1/locations/asia")]
    [InlineData("europe-west4", "https://europe-west4-aiplatform.googleapis.com/v1/projects/p-1/locations/europe-west4")]
    [InlineData(" us-east5 ", "https://us-east5-aiplatform.googleapis.com/v1/projects/p-1/locations/us-east5")]
    public void A_location_has_its_host(string? location, string place)
    {
        var provider = Create(("VERTEX_PROJECT", "p-1"), ("VERTEX_LOCATION", location ?? ""));
        provider.Address(provider.DefaultBaseUrl!, "gemini-3.8-flash", stream: false).OriginalString
            .ShouldBe(place + "/publishers/google/models/gemini-3.8-flash:generateContent");
    }

    [Theory]
    [InlineData("gemini-3.8-flash", false, "/v1/projects/p-1/locations/global/publishers/google/models/gemini-3.8-flash:generateContent")]
    [InlineData("gemini-3.8-flash", true, "/v1/projects/p-1/locations/global/publishers/google/models/gemini-3.8-flash:streamGenerateContent?alt=sse")]
    [InlineData("claude-opus-5-5", false, "/v1/projects/p-1/locations/global/publishers/anthropic/models/claude-opus-5-5:rawPredict")]
    [InlineData("claude-opus-5-5", true, "/v1/projects/p-1/locations/global/publishers/anthropic/models/claude-opus-5-5:streamRawPredict")]
    [InlineData("claude-sonnet-4-5@20250929", false, "/v1/projects/p-1/locations/global/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict")]
    // Any name stays one segment of the path.
    [InlineData("gemini-x/../../endpoints", false, "/v1/projects/p-1/locations/global/publishers/google/models/gemini-x%2F..%2F..%2Fendpoints:generateContent")]
    [InlineData("claude-x:predict", false, "/v1/projects/p-1/locations/global/publishers/anthropic/models/claude-x%3Apredict:rawPredict")]
    [InlineData("a%2fb", false, "/v1/projects/p-1/locations/global/publishers/google/models/a%252fb:generateContent")]
    [InlineData("a b?c#d", true, "/v1/projects/p-1/locations/global/publishers/google/models/a%20b%3Fc%23d:streamGenerateContent?alt=sse")]
    [InlineData("..", false, "/v1/projects/p-1/locations/global/publishers/google/models/..:generateContent")]
    [InlineData("ü", false, "/v1/projects/p-1/locations/global/publishers/google/models/%C3%BC:generateContent")]
    public void A_model_stays_in_its_segment(string model, bool stream, string target)
    {
        Create(("VERTEX_PROJECT", "p-1")).Address("https://h", model, stream).PathAndQuery.ShouldBe(target);
    }

    /// <summary>Names that would change the path are refused earlier.</summary>
    [Theory]
    [InlineData("vertex/gemini/../x")]
    [InlineData("vertex/..")]
    [InlineData("vertex/a%2fb")]
    [InlineData("vertex/a b")]
    [InlineData("vertex/a?b")]
    [InlineData("vertex/a#b")]
    public void A_name_with_a_path_in_it_is_refused(string model) => ModelName.IsPossible(model).ShouldBeFalse();

    [Fact]
    public void Without_a_project_it_is_express_mode()
    {
        var provider = Create();
        provider.Address("https://h", "gemini-3.8-flash", stream: true).OriginalString.ShouldBe(
            "https://h/v1/publishers/google/models/gemini-3.8-flash:streamGenerateContent?alt=sse");
        provider.Lister.ShouldBeNull();
    }

    [Fact]
    public void The_free_check_is_the_list_of_Googles_models() =>
        Create(("VERTEX_PROJECT", "p")).Lister!.CheckAddress("https://h")!.OriginalString.ShouldBe("https://h/v1beta1/publishers/google/models?pageSize=1");

    [Theory]
    [InlineData("claude-opus-5-5", true)]
    [InlineData("claude-of-tomorrow", true)]
    [InlineData("gemini-3.8-flash", false)]
    [InlineData("not-claude-", false)]
    public void Claude_uses_the_hosted_Messages_dialect(string model, bool claude)
    {
        var served = Create().Dialects.Where(dialect => dialect.Operation == Operation.Chat && dialect.Serves(model)).ShouldHaveSingleItem();
        (served.Dialect is HostedMessagesDialect).ShouldBe(claude);
        served.Usage.ShouldBe(claude ? UsageRules.Anthropic : UsageRules.ReasoningApart);
        served.Dialect.Name.ShouldNotBe(claude ? AnthropicMessagesDialect.DialectName : GeminiDialect.DialectName, "the bytes of one are not right for the other");
    }

    [Theory]
    [InlineData("claude-sonnet-4-6", "anthropic", "claude-sonnet-4-6")]
    [InlineData("claude-haiku-4-5@20251001", "anthropic", "claude-haiku-4-5-20251001")]
    [InlineData("claude-opus-5-5@default", "anthropic", "claude-opus-5-5")]
    [InlineData("claude-x@", "anthropic", "claude-x")]
    [InlineData("gemini-2.5-flash", "google", "gemini-2.5-flash")]
    public void A_models_traits_come_from_its_developer_and_its_prices_do_not(string model, string provider, string original)
    {
        Create().Naming.MakerOf(model).ShouldBe(new ModelAtMaker(provider, original));
        var deployment = new Deployment(Create(), model, ModelCatalogue.Embedded, "https://h", new SettingsSecretSource(new Dictionary<string, string>()));
        deployment.Info.ShouldBeNull();
        deployment.Traits.ShouldBe(ModelCatalogue.Embedded.Find(provider, original)?.Traits);
        if (!original.EndsWith("-x", StringComparison.Ordinal)) deployment.Traits.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("ya29.a0token", "authorization", "Bearer ya29.a0token")]
    [InlineData("AIzaSyKey", "x-goog-api-key", "AIzaSyKey")]
    [InlineData("AQ.Ab8Key", "x-goog-api-key", "AQ.Ab8Key")]
    public void A_token_is_a_bearer_and_an_api_key_has_its_header(string key, string header, string value)
    {
        using var message = new HttpRequestMessage();
        Create().Sign(message, key);
        message.Headers.ShouldHaveSingleItem();
        message.Headers.GetValues(header).ShouldBe([value]);
    }

    /// <summary>
    /// Claude's search needs its beta header (docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/web-search), which the gateway adds, for callers
    /// of every dialect. Others are refused.
    /// </summary>
    [Theory]
    [InlineData("""{"tools":[{"name":"f"},{"type":"web_search_20250305","name":"web_search"}]}""", "web-search-2025-03-05")]
    [InlineData("""{"tools":[ {"name": "web_search", "type": "web_search_20260209"} ]}""", "web-search-2025-03-05")]
    [InlineData("""{"tools":[{"name":"web_search_20250305"}],"messages":[{"role":"user","content":"{\"type\":\"web_search_20250305\"}"}]}""", null)]
    [InlineData("""{"messages":[]}""", null)]
    public void A_search_has_its_beta_header(string body, string? beta)
    {
        using var message = new HttpRequestMessage();
        Create().Credentials.Sign(message, BodySplice.Of(Encoding.UTF8.GetBytes(body)), "ya29.a0token");
        (message.Headers.TryGetValues("anthropic-beta", out var values) ? values.ShouldHaveSingleItem() : null).ShouldBe(beta);
    }

    [Fact]
    public void A_converted_search_has_its_beta_header()
    {
        using var output = new JsonOutput();
        var request = new OpenAIChatDialect().ReadRequest("""{"model":"m","web_search_options":{},"messages":[{"role":"user","content":"q"}]}"""u8.ToArray());
        Create().Serving("claude-opus-5-5").Dialect.WriteRequest(request, new RequestTarget { Model = "claude-opus-5-5" }, output, new LossReport());
        using var message = new HttpRequestMessage();
        Create().Credentials.Sign(message, BodySplice.Of(output.Written), "ya29.a0token");
        message.Headers.GetValues("anthropic-beta").ShouldBe(["web-search-2025-03-05"]);
    }

    [Fact]
    public void Anthropics_betas_are_not_forwarded() => Create().ForwardedHeaders.ShouldBeEmpty();

    [Theory]
    [InlineData("VERTEX_PROJECT", "p/../q", "VERTEX_PROJECT must be a name of Google Cloud: lower-case letters, digits and dashes.")]
    [InlineData("VERTEX_PROJECT", "My Project", "VERTEX_PROJECT must be a name of Google Cloud: lower-case letters, digits and dashes.")]
    [InlineData("GOOGLE_CLOUD_PROJECT", "..", "GOOGLE_CLOUD_PROJECT must be a name of Google Cloud: lower-case letters, digits and dashes.")]
    [InlineData("VERTEX_LOCATION", "evil.example/", "VERTEX_LOCATION must be a name of Google Cloud: lower-case letters, digits and dashes.")]
    [InlineData("VERTEX_LOCATION", "x#", "VERTEX_LOCATION must be a name of Google Cloud: lower-case letters, digits and dashes.")]
    [InlineData("VERTEX_TOKEN_URL", "http://evil.example/token",
        "VERTEX_TOKEN_URL must begin with https://; http is only for loopback, private addresses and names of a local network.")]
    [InlineData("VERTEX_CREDENTIALS", "{}", "VERTEX_CREDENTIALS is not a service account's JSON key: member type is missing.")]
    public void A_mistake_is_reported_at_start_without_the_value(string setting, string value, string mistake)
    {
        var mistakes = new List<string>();
        Create(mistakes, (setting, value));
        mistakes.ShouldBe([mistake]);
    }

    [Fact]
    public void A_dot_in_a_location_would_be_another_host()
    {
        var mistakes = new List<string>();
        var provider = Create(mistakes, ("VERTEX_PROJECT", "p"), ("VERTEX_LOCATION", "evil.example-x"));
        mistakes.ShouldHaveSingleItem();
        provider.DefaultBaseUrl.ShouldBe("https://aiplatform.googleapis.com");
    }

    [Fact]
    public void The_project_is_the_settings_then_Googles_then_the_credentials_own()
    {
        var credentials = ("VERTEX_CREDENTIALS", Keys.ServiceAccount().ToJsonString());
        Project(("VERTEX_PROJECT", "a"), ("GOOGLE_CLOUD_PROJECT", "b"), credentials).ShouldBe("a");
        Project(("GOOGLE_CLOUD_PROJECT", "b"), credentials).ShouldBe("b");
        Project(credentials).ShouldBe("its-project");
        Project(("VERTEX_PROJECT", "example.com:old-one")).ShouldBe("example.com:old-one");
        Project().ShouldBeNull();
    }

    [Theory]
    [InlineData(400, "API key not valid. Please pass a valid API key.", true, "Check the setting X.")]
    [InlineData(400, "Request contains an invalid argument.", false, null)]
    [InlineData(403, "Permission 'aiplatform.endpoints.predict' denied on resource", false, "Give the role 'Vertex AI User' in the project p")]
    [InlineData(403, "requires a quota project, which is not set by default", false, "service account")]
    public void A_refusal_names_what_to_do(int status, string message, bool isRefusal, string? advice)
    {
        var provider = Create(("VERTEX_PROJECT", "p"));
        var details = new ErrorDetails(message, null, null, null);
        provider.Credentials.IsRefusal(status, details).ShouldBe(isRefusal);
        if (advice is not null) provider.Credentials.Advice(status, details, "the setting X")!.ShouldContain(advice);
        provider.Credentials.Advice(401, details, "the setting X").ShouldBe(message.Contains("quota") ? provider.Credentials.Advice(403, details, "the setting X") : null);
    }

    private static string? Project(params (string, string)[] settings) => Read([], settings).ProjectId;

    private static Provider Create(params (string, string)[] settings)
    {
        var mistakes = new List<string>();
        var provider = Create(mistakes, settings);
        mistakes.ShouldBeEmpty();
        return provider;
    }

    private static Provider Create(List<string> mistakes, params (string, string)[] settings) => VertexProvider.Create(new GeminiDialect(onVertex: true), Read(mistakes, settings));

    private static VertexSettings Read(List<string> mistakes, (string Name, string Value)[] settings) =>
        VertexSettings.Read(settings.ToDictionary(s => s.Name, s => s.Value), mistakes, address => BaseAddress.Problem(address));
}
