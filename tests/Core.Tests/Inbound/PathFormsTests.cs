using Nano.Inbound;

namespace Nano.Tests.Inbound;

public sealed class PathFormsTests
{
    [Theory]
    [InlineData("/chat/completions", "/v1/chat/completions")]
    [InlineData("/responses", "/v1/responses")]
    [InlineData("/responses/resp_1/cancel", "/v1/responses/resp_1/cancel")]
    [InlineData("/messages", "/v1/messages")]
    [InlineData("/messages/count_tokens", "/v1/messages/count_tokens")]
    [InlineData("/models", "/v1/models")]
    [InlineData("/models/nano/echo:generateContent", "/v1/models/nano/echo:generateContent")]
    [InlineData("/embeddings", "/v1/embeddings")]
    [InlineData("/openai/v1/chat/completions", "/v1/chat/completions")]
    [InlineData("/openai/responses", "/v1/responses")]
    [InlineData("/openai/models", "/v1/models")]
    [InlineData("/anthropic/v1/messages", "/v1/messages")]
    [InlineData("/v1/v1/messages", "/v1/messages")]
    [InlineData("/v1/v1beta/models/m:generateContent", "/v1beta/models/m:generateContent")]
    [InlineData("/v1beta/v1beta/models", "/v1beta/models")]
    [InlineData("/v1beta/openai/chat/completions", "/v1/chat/completions")]
    [InlineData("/v1beta/openai/gpt-5.5:generateContent", "/v1beta/models/openai/gpt-5.5:generateContent")]
    [InlineData("/v1beta/anthropic/claude:streamGenerateContent", "/v1beta/models/anthropic/claude:streamGenerateContent")]
    public void Another_form_of_a_path_matches_its_route(string path, string expected)
    {
        PathForms.Canonical(path, out var deployment).ShouldBe(expected);
        deployment.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/openai/deployments/gpt-5.5/chat/completions", "/v1/chat/completions", "gpt-5.5")]
    [InlineData("/openai/deployments/anthropic%2fclaude/chat/completions", "/v1/chat/completions", "anthropic/claude")]
    [InlineData("/openai/deployments/anthropic/claude/chat/completions", "/v1/chat/completions", "anthropic/claude")]
    [InlineData("/deployments/m/embeddings", "/v1/embeddings", "m")]
    [InlineData("/v1/deployments/m/chat/completions", "/v1/chat/completions", "m")]
    public void A_classic_path_of_Azure_names_the_deployment(string path, string expected, string name)
    {
        PathForms.Canonical(path, out var deployment).ShouldBe(expected);
        deployment.ShouldBe(name);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("")]
    [InlineData("/modelsx")]
    [InlineData("/nowhere/models")]
    [InlineData("/openai/deployments/m/images/generations")]
    [InlineData("/openai/deployments//chat/completions")]
    [InlineData("/openai/deployments/chat/completions")]
    [InlineData("/access")]
    public void Any_other_path_matches_no_route(string path) => PathForms.Canonical(path, out _).ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData("/v1")]
    [InlineData("/v1/v1")]
    [InlineData("/v1beta")]
    [InlineData("/v1/v1beta")]
    [InlineData("/v1beta/v1beta")]
    [InlineData("/v1beta/openai")]
    [InlineData("/anthropic")]
    [InlineData("/anthropic/v1")]
    [InlineData("/openai")]
    [InlineData("/openai/v1")]
    [InlineData("/openai/deployments/gpt-5.5")]
    public void A_path_below_which_clients_reach_routes_is_one_of_a_base_URL(string path) => PathForms.IsBase(path).ShouldBeTrue();

    [Theory]
    [InlineData("/ollama/v1")]
    [InlineData("/v2")]
    [InlineData("/v1/ollama")]
    [InlineData("/openai/ollama/v1")]
    [InlineData("/access")]
    [InlineData("-2/v1")]
    public void Any_other_path_is_not_one_of_a_base_URL(string path) => PathForms.IsBase(path).ShouldBeFalse();
}
