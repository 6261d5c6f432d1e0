using System.Text;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Providers.OpenAICompatible;

namespace Nano.Tests.Dialects.OpenAIChat.Quirks;

/// <summary>The look that decides whether a Chat request is walked for edits, at providers whose edits depend on the model.</summary>
public class MayEditTests
{
    private static readonly ProviderQuirks Quirks = new(CompatibleProviders.OfOpenAI);

    private static readonly ModelTraits Reasons = new() { Reasons = true, SamplingParameters = false };

    private static readonly ModelTraits DoesNotReason = new() { Reasons = false, SamplingParameters = true };

    public static TheoryData<string> Refused()
    {
        var request = CompatibleProviders.OfOpenAI.Request!;
        return [.. request.RefusedByReasoningModels.Concat(request.RefusedByFixedSampling).Append("max_tokens").Distinct()];
    }

    [Theory, MemberData(nameof(Refused))]
    public void A_member_that_a_reasoning_model_refuses_is_noticed(string name)
    {
        MayEdit($$"""{"model":"m","{{name}}":1}""", Reasons).ShouldBeTrue();
        MayEdit($$"""{"model":"m","\u{{(int)name[0]:x4}}{{name[1..]}}":1}""", Reasons).ShouldBeTrue("an escaped name is the same name");
    }

    [Theory, MemberData(nameof(Refused))]
    public void Other_models_take_it(string name)
    {
        MayEdit($$"""{"model":"m","{{name}}":1}""", DoesNotReason).ShouldBeFalse();
        MayEdit($$"""{"model":"m","{{name}}":1}""", null).ShouldBeFalse();
    }

    [Theory]
    [InlineData("""{"model":"m","reasoning_effort":"low"}""", true)]
    [InlineData("""{"model":"m","reasoning":{"effort":"low"}}""", true)]
    [InlineData("""{"model":"m","thinking":{"type":"enabled"}}""", true)]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","reasoning_content":"so"}]}""", true)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"max_tokens, \"temperature\""}]}""", false)]
    [InlineData("""{"model":"m","tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"temperature":{}}}}}]}""", false)]
    public void Only_members_at_their_own_place_count(string body, bool expected)
    {
        MayEdit(body, DoesNotReason).ShouldBe(expected);
        MayEdit(body, Reasons).ShouldBe(expected);
    }

    [Fact]
    public void Other_providers_are_always_asked() =>
        new ProviderQuirks(new() { Request = CompatibleProviders.Older }).MayEdit("{}"u8, Envelope("{\"model\":\"m\"}"), null).ShouldBeTrue();

    private static bool MayEdit(string body, ModelTraits? traits) => Quirks.MayEdit(Encoding.UTF8.GetBytes(body), Envelope(body), traits);

    private static Envelope Envelope(string body)
    {
        ChatEnvelope.TryRead(Encoding.UTF8.GetBytes(body), out var envelope).ShouldBeNull();
        return envelope;
    }
}
