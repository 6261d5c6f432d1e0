using Nano.Telemetry;

namespace Nano.Tests.Telemetry;

/// <summary>No value in a usage record's line can be mistaken for another field or line.</summary>
public sealed class LogFieldTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("", "")]
    [InlineData("gpt-6.2-sol", "gpt-6.2-sol")]
    [InlineData("org/model:free", "org/model:free")]
    [InlineData("m outcome=Ok", "\"m outcome=Ok\"")]
    [InlineData("m\noutcome=Ok", "\"m\\u000aoutcome=Ok\"")]
    [InlineData("m\u0085x", "\"m\\u0085x\"")]
    [InlineData("m\u202ex\u2066y\u200bz", "\"m\\u202ex\\u2066y\\u200bz\"")]
    [InlineData("m\u2028x\u2029y", "\"m\\u2028x\\u2029y\"")]
    [InlineData("m\u00a0x", "\"m\\u00a0x\"")]
    [InlineData("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [InlineData("é", "\"é\"")]
    public void An_ambiguous_value_is_quoted(string? value, string? written)
    {
        LogField.Of(value).ShouldBe(written);
        if (written is not null) LogField.Raw(written).ShouldBe(value);
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("\"a\\\"")]
    [InlineData("\"\\u00\"")]
    [InlineData("\"\\u00zz\"")]
    public void Text_that_is_not_a_field_stays_as_it_is(string text) => LogField.Raw(text).ShouldBe(text);
}
