using Nano.Providers;

namespace Nano.Tests.Providers;

public sealed class ModelNamesTests
{
    [Theory]
    [InlineData("claude-haiku-5-5", "claude-haiku-5-5")]
    [InlineData("claude-haiku-5-5-20261001", "claude-haiku-5-5")]
    [InlineData("claude-haiku-5-5@20261001", "claude-haiku-5-5")]
    [InlineData("claude-haiku-5-5@default", "claude-haiku-5-5")]
    [InlineData("claude-3-7-sonnet-latest", "claude-3-7-sonnet")]
    [InlineData("GPT-6-2026-09-29", "gpt-6")]
    // Other suffixes stay: another version is another model.
    [InlineData("gemini-2.5-flash-001", "gemini-2.5-flash-001")]
    [InlineData("gemini-3-pro-preview-11-2026", "gemini-3-pro-preview-11-2026")]
    [InlineData("model-19991231", "model-19991231")]
    [InlineData("gpt-6-2026-09-2x", "gpt-6-2026-09-2x")]
    [InlineData("20261001", "20261001")]
    [InlineData("-20261001", "-20261001")]
    [InlineData("latest", "latest")]
    [InlineData("", "")]
    public void A_date_is_not_part_of_a_models_name(string model, string same) => ModelNames.WithoutDate(model).ShouldBe(same);
}
