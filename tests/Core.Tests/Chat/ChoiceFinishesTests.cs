using Nano.Chat;

namespace Nano.Tests.Chat;

public sealed class ChoiceFinishesTests
{
    /// <summary>Choices and their reasons in the order in which they end, the reason of the response, and those of the choices.</summary>
    [Theory]
    [InlineData("", "None", null)]
    [InlineData("0:Stop", "Stop", null)]
    [InlineData("-1:Stop", "Stop", null)]
    [InlineData("0:None 0:Stop 0:None", "Stop", null)]
    [InlineData("0:Stop 0:Length", "Length", null)]
    [InlineData("1:Length 0:Stop", "Stop", "Stop Length")]
    [InlineData("0:Stop 1:Length", "Stop", "Stop Length")]
    [InlineData("0:Stop 2:Length 1:ToolCalls 0:Refusal", "Refusal", "Refusal ToolCalls Length")]
    // Of a stream that broke off, or of a server that counts from 1.
    [InlineData("1:Length", "Length", "None Length")]
    [InlineData("2:Length", "Length", "None None Length")]
    // A failure of any choice is one of the response.
    [InlineData("0:Stop 1:Error", "Error", "Stop Error")]
    [InlineData("0:Error 1:Stop", "Error", "Error Stop")]
    // A provider's index does not decide how much memory is taken.
    [InlineData("0:Stop 128:Length", "Stop", null)]
    [InlineData("9223372036854775807:Error 0:Stop", "Error", null)]
    public void The_first_choice_names_the_reason_of_the_response(string ended, string first, string? all)
    {
        var finishes = default(ChoiceFinishes);
        foreach (var choice in ended.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(choice => choice.Split(':')))
            finishes.Set(long.Parse(choice[0], System.Globalization.CultureInfo.InvariantCulture), Enum.Parse<FinishReason>(choice[1]));
        finishes.First.ToString().ShouldBe(first);
        (finishes.All is { } reasons ? string.Join(' ', reasons) : null).ShouldBe(all);
    }
}
