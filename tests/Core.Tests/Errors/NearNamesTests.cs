using Nano.Errors;

namespace Nano.Tests.Errors;

public sealed class NearNamesTests
{
    [Theory]
    [InlineData("gpt5", "gpt-5.4-mini")]
    [InlineData("gpt5", "gpt-5")]
    [InlineData("claude opus 4.8", "claude-opus-4-8")]
    [InlineData("gemini_3.8_flash", "gemini-3.8-flash")]
    [InlineData("gemin-3.8-flash", "gemini-3.8-flash")]
    public void A_name_is_found_without_its_separators_too(string name, string near) => NearNames.Of(name, ["mistral-large", near], 5).ShouldBe([near]);

    [Fact]
    public void Dissimilar_names_are_not_near() => NearNames.Of("gpt5", ["mistral-large", "claude-opus-4-8"], 5).ShouldBeEmpty();
}
