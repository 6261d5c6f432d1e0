using System.Text;
using Nano.Reasoning;

namespace Nano.Tests.Reasoning;

/// <summary>What the id of a stored response carries: its deployment, and the row that it is charged in.</summary>
public sealed class ResponseIdTests
{
    private static readonly StateKey Key = new("a-key-0123456789");

    [Fact]
    public void An_id_carries_its_deployment_and_the_row_that_it_is_charged_in()
    {
        var row = new ChargedRow("org:acme", "mb2k5j6y0123456789abcdef|000");
        ResponseIds.Open(Key, Sealed("openai/gpt-5.5#0a1b", row)).ShouldBe(("resp_1", "openai/gpt-5.5#0a1b", row));
        ResponseIds.Open(Key, Sealed("openai/gpt-5.5", null)).ShouldBe(("resp_1", "openai/gpt-5.5", null), "as before rows were sealed");
        ResponseIds.Open(new StateKey("another-key-0123456789"), Sealed("openai/gpt-5.5", row)).ShouldBe(("resp_1", null, null));
    }

    /// <summary>Callers choose names of models, and must not choose whom a response is charged to.</summary>
    [Theory]
    [InlineData("openai/x\norg:victim\nmb2k5j6y0123456789abcdef|000\nopenai/gpt-5.5")]
    [InlineData("openai/x\n\norg:victim\nmb2k5j6y0123456789abcdef|000\nopenai/gpt-5.5")]
    public void The_name_of_a_model_names_no_row(string deployment)
    {
        ResponseIds.Open(Key, Sealed(deployment, null)).ShouldBe(("resp_1", deployment, null));
        var row = new ChargedRow("org:acme", "mb2k5j6y0123456789abcdef|001");
        ResponseIds.Open(Key, Sealed(deployment, row)).ShouldBe(("resp_1", deployment, row));
    }

    private static string Sealed(string deployment, ChargedRow? row) => Encoding.ASCII.GetString(ResponseIds.Seal(Key, "resp_1", deployment, row)!);
}
