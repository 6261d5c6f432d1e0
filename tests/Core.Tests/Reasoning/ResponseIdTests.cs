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

    [Fact]
    public void An_id_without_a_genuine_seal_names_no_deployment()
    {
        ResponseIds.Open(Key, "resp_1").ShouldBe(("resp_1", null, null));
        ResponseIds.Open(Key, "resp_1__nano1_AAAA").ShouldBe(("resp_1", null, null));
        var other = Sealed("openai/gpt-5.5", null).Replace("resp_1", "resp_2");
        ResponseIds.Open(Key, other).ShouldBe(("resp_2", null, null), "a seal belongs to its id");
        foreach (var (id, isSealed) in ((string, bool)[])[(other, true), ("resp_1__nano1_x", true), ("resp_1", false), ("resp__nano", false)])
            ResponseIds.IsSealed(id).ShouldBe(isSealed, id);
    }

    [Theory]
    [InlineData("resp_1", true)]
    [InlineData("AZaz09_-", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("a.b", false)]
    [InlineData("\u00e4", false)]
    public void Only_an_id_that_needs_no_escaping_in_a_path_is_sealed(string id, bool isPlain)
    {
        ResponseIds.IsPlain(id).ShouldBe(isPlain);
        (ResponseIds.Seal(Key, id, "openai/gpt-5.5") is not null).ShouldBe(isPlain);
    }

    [Fact]
    public void An_id_with_its_seal_has_a_maximum_length()
    {
        (ResponseIds.IsPlain(new string('x', 256)), ResponseIds.IsPlain(new string('x', 257))).ShouldBe((true, false));
        var longest = Enumerable.Range(1, 1000).Last(length => 6 + StateSeal.LengthOf(length) <= ResponseIds.MaxLength);
        var id = Sealed(new string('d', longest), null);
        id.Length.ShouldBeLessThanOrEqualTo(ResponseIds.MaxLength);
        ResponseIds.Open(Key, id).Deployment.ShouldBe(new string('d', longest));
        ResponseIds.Seal(Key, "resp_1", new string('d', longest + 1)).ShouldBeNull();
    }

    [Fact]
    public void A_long_id_of_a_call_becomes_a_short_one_that_is_always_the_same()
    {
        var id = Nano.Json.JsonText.From(new string('c', 41));
        CallIds.Short(id, 41).ToString().ShouldBe(id.ToString());
        var shorter = CallIds.Short(id, 40).ToString();
        shorter.ShouldMatch("^call_[0-9a-f]{32}$");
        (CallIds.Short(id, 40).ToString(), CallIds.Short(Nano.Json.JsonText.From(new string('c', 42)), 40).ToString() == shorter).ShouldBe((shorter, false));
    }

    private static string Sealed(string deployment, ChargedRow? row) => Encoding.ASCII.GetString(ResponseIds.Seal(Key, "resp_1", deployment, row)!);
}
