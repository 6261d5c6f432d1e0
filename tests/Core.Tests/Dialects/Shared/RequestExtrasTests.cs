using System.Text;
using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Tests.Dialects.Shared;

public sealed class RequestExtrasTests
{
    /// <summary>The table of each dialect that is written.</summary>
    private static readonly ExtraTable[] Tables =
    [
        Nano.Dialects.OpenAIChat.Requests.RequestExtraRules.Table, Nano.Dialects.OpenAIResponses.Requests.RequestExtraRules.Table,
        Nano.Dialects.AnthropicMessages.Requests.RequestExtraRules.Table, Nano.Dialects.Gemini.Requests.RequestExtraRules.Table,
        Nano.Dialects.BedrockConverse.Requests.RequestExtraRules.Table, Nano.Dialects.CohereChat.Requests.RequestExtraRules.Table,
    ];

    [Fact]
    public void Every_dialect_has_a_table() => Tables.Select(table => table.Target).ShouldBe(DialectNames.All, ignoreOrder: true);

    [Fact]
    public void A_member_without_a_rule_is_reported_for_every_origin_and_target()
    {
        foreach (var table in Tables)
            foreach (var origin in DialectNames.All.Where(origin => origin != table.Target))
            {
                var (losses, written) = Convert(table, origin, ("unknown_member", "1"));
                losses.Dropped.ShouldBe(["unknown_member"], $"{origin} to {table.Target}");
                written.ShouldBe("{}");
            }
    }

    [Fact]
    public void Extras_of_the_same_dialect_are_written_unchanged()
    {
        foreach (var table in Tables)
        {
            var (losses, written) = Convert(table, table.Target, ("unknown_member", "1"), ("empty", "null"));
            losses.IsEmpty.ShouldBeTrue();
            written.ShouldBe("""{"unknown_member":1,"empty":null}""");
        }
    }

    [Fact]
    public void A_member_that_is_null_is_not_a_loss()
    {
        foreach (var table in Tables)
            foreach (var origin in DialectNames.All.Where(origin => origin != table.Target))
                Convert(table, origin, ("unknown_member", "null")).Losses.IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData("openai-chat", "openai-responses", "metadata")]
    [InlineData("openai-chat", "cohere-chat", "safety_mode")]
    [InlineData("openai-chat", "bedrock-converse", "guardrailConfig")]
    [InlineData("openai-responses", "bedrock-converse", "guardrailConfig")]
    public void A_copied_member_keeps_its_name(string origin, string target, string member)
    {
        var (losses, written) = Convert(Tables.Single(table => table.Target == target), origin, (member, """{"a":1}"""));
        losses.IsEmpty.ShouldBeTrue();
        written.ShouldBe($$$"""{"{{{member}}}":{"a":1}}""");
    }

    [Theory]
    [InlineData("anthropic-messages", "service_tier", "\"auto\"")]
    [InlineData("bedrock-converse", "service_tier", "\"flex\"")]
    [InlineData("cohere-chat", "random_seed", "5")]
    [InlineData("openai-responses", "verbosity", "\"low\"")]
    [InlineData("gemini", "modalities", "[\"text\",\"audio\"]")]
    public void A_converted_member_is_found_and_not_reported(string target, string member, string value)
    {
        var table = Tables.Single(table => table.Target == target);
        Convert(table, "openai-chat", (member, value)).Losses.IsEmpty.ShouldBeTrue();
        new RequestExtras(Request("openai-chat", (member, value)), table).Find(Encoding.UTF8.GetBytes(member)).ToString().ShouldBe(value);
    }

    [Fact]
    public void A_value_outside_the_rule_is_reported()
    {
        var table = Nano.Dialects.AnthropicMessages.Requests.RequestExtraRules.Table;
        Convert(table, "openai-chat", ("service_tier", "5")).Losses.Dropped.ShouldBe(["service_tier"]);
        new RequestExtras(Request("openai-chat", ("service_tier", "5")), table).Find("service_tier"u8).IsPresent.ShouldBeFalse();
    }

    private static (LossReport Losses, string Written) Convert(ExtraTable table, string origin, params (string Name, string Value)[] members)
    {
        var extras = new RequestExtras(Request(origin, members), table);
        var losses = new LossReport();
        using var output = new JsonOutput();
        output.BeginObject();
        extras.Report(losses);
        extras.Write(output);
        output.EndObject();
        return (losses, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    private static ChatRequest Request(string origin, params (string Name, string Value)[] members)
    {
        var extras = new Extras(origin);
        foreach (var (name, value) in members) extras.Add(JsonText.From(name), JsonSlice.Constant(value));
        return new ChatRequest(origin) { Extras = extras };
    }
}
