using Nano.Chat;
using Nano.Json;

namespace Nano.Tests.Chat;

public sealed class MediaSourceTests
{
    [Theory]
    [InlineData("AAAA", "AAAA")]
    [InlineData("a-_b", "a+/b")]
    [InlineData("a-_", "a+/=")]
    [InlineData("a-", "a+==")]
    [InlineData("AAA", "AAA=")]
    [InlineData("AA==", "AA==")]
    [InlineData("A", "A")]
    [InlineData("a\\/_", "a\\//")]
    public void URL_safe_base64_becomes_standard_base64(string web, string standard) =>
        new MediaSource { Data = new JsonText(System.Text.Encoding.UTF8.GetBytes(web)) }.InStandardBase64().Data.Escaped.Span.SequenceEqual(
        System.Text.Encoding.UTF8.GetBytes(standard)).ShouldBeTrue();

    [Fact]
    public void A_source_without_data_is_not_changed() =>
        new MediaSource { Url = JsonText.From("https://example.org/a-b_c") }.InStandardBase64().Url.ToString().ShouldBe("https://example.org/a-b_c");
}
