using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.OpenAIResponses;
using Nano.Dialects.OpenAIResponses.Quirks;
using Nano.Json;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Testing.Requests;
using Nano.Tests.Requests;

namespace Nano.Tests.Dialects.OpenAIResponses.Quirks;

/// <summary>Responses on the passthrough: what a model is known to refuse does not reach it, and everything else passes.</summary>
public sealed class ModelLimitsTests
{
    /// <param name="members">The caller's members besides model and input.</param>
    /// <param name="expected">Those that the provider receives.</param>
    [Theory]
    [InlineData("xai/grok-4.20-0309-reasoning", """ "reasoning":{"effort":"high","summary":"auto"} """, """ "reasoning":{"summary":"auto"} """, "dropped=reasoning.effort")]
    [InlineData("xai/grok-4.20-reasoning", """ "reasoning":{"effort":"none"} """, "", "dropped=reasoning.effort")]
    [InlineData("xai/grok-4.20-0309-non-reasoning", """ "reasoning":{"effort":"low"} """, "", "dropped=reasoning.effort")]
    [InlineData("xai/grok-4.20-non-reasoning", """ "reasoning":{"effort":"none","summary":null} """, """ "reasoning":{"summary":null} """, "emulated=reasoning.effort")]
    [InlineData("xai/grok-build-0.1", """ "reasoning":{"effort":"medium"} """, "", "dropped=reasoning.effort")]
    [InlineData("xai/grok-code-fast-1", """ "reasoning":{"effort":"medium"} """, "", "dropped=reasoning.effort")]
    [InlineData("xai/grok-4.6", """ "reasoning":{"effort":"none"} """, """ "reasoning":{"effort":"low"} """, "dropped=reasoning.effort")]
    [InlineData("xai/grok-4.5", """ "reasoning":{"effort":"xhigh"} """, """ "reasoning":{"effort":"high"} """, "emulated=reasoning.effort")]
    [InlineData("xai/grok-4.5-2026-07-08", """ "reasoning":{"summary":"auto","effort":"minimal"} """, """ "reasoning":{"summary":"auto","effort":"low"} """, "emulated=reasoning.effort")]
    [InlineData("xai/grok-4.6", """ "reasoning":{"effort":"xhigh"} """, """ "reasoning":{"effort":"xhigh"} """, "")]
    [InlineData("xai/grok-4.6", """ "reasoning":{"effort":"ultra"} """, """ "reasoning":{"effort":"ultra"} """, "")]
    [InlineData("xai/grok-4.3", """ "reasoning":{"effort":"none"} """, """ "reasoning":{"effort":"none"} """, "")]
    [InlineData("xai/grok-9", """ "reasoning":{"effort":"minimal"} """, """ "reasoning":{"effort":"minimal"} """, "")]
    [InlineData("xai/grok-4.6", """ "temperature":0.2,"top_p":0.9,"x_new":{"a":1} """, """ "temperature":0.2,"top_p":0.9,"x_new":{"a":1} """, "")]
    [InlineData("xai/grok-4.6", """ "\u0072easoning":{"\u0065ffort":"n\u006fne"} """, """ "\u0072easoning":{"\u0065ffort":"low"} """, "dropped=reasoning.effort")]
    [InlineData("xai/grok-4.6", """ "reasoning":{"effort":"\ud800"} """, """ "reasoning":{"effort":"\ud800"} """, "")]
    [InlineData("xai/grok-4.6", """ "reasoning":{"effort":7} """, """ "reasoning":{"effort":7} """, "")]
    [InlineData("xai/grok-4.6", """ "reasoning":null """, """ "reasoning":null """, "")]
    [InlineData("openai/gpt-5", """ "temperature":0.2,"top_p":1,"top_logprobs":2 """, "", "dropped=temperature,top_logprobs")]
    [InlineData("openai/gpt-5-2025-08-07", """ "reasoning":{"effort":"none"} """, """ "reasoning":{"effort":"minimal"} """, "dropped=reasoning.effort")]
    [InlineData("openai/o3-mini", """ "reasoning":{"effort":"minimal"},"temperature":1 """, """ "reasoning":{"effort":"low"} """, "emulated=reasoning.effort")]
    [InlineData("openai/gpt-5.4", """ "temperature":0.2 """, """ "temperature":0.2 """, "")]
    [InlineData("openai/gpt-5.4", """ "temperature":0.2,"reasoning":{"effort":"low"} """, """ "reasoning":{"effort":"low"} """, "dropped=temperature")]
    [InlineData("openai/gpt-6-luna", """ "temperature":0.2,"reasoning":{"effort":"none"} """, """ "temperature":0.2,"reasoning":{"effort":"none"} """, "")]
    [InlineData("openai/gpt-6.1-sol", """ "reasoning":{"effort":"none","context":"all_turns"} """, """ "reasoning":{"effort":"low","context":"all_turns"} """, "dropped=reasoning.effort")]
    [InlineData("openai/gpt-4o", """ "reasoning":{"effort":"high"},"temperature":0.2 """, """ "temperature":0.2 """, "dropped=reasoning.effort")]
    [InlineData("openai/gpt-4o", """ "top_logprobs":2,"include":["message.output_text.logprobs"] """, """ "top_logprobs":2,"include":["message.output_text.logprobs"] """, "")]
    [InlineData("openai/gpt-5", """ "include":["reasoning.encrypted_content","message.output_text.logprobs"] """, """ "include":["reasoning.encrypted_content"] """, "dropped=include")]
    [InlineData("openai/gpt-6.9-new", """ "reasoning":{"effort":"minimal"},"temperature":0.2 """, """ "reasoning":{"effort":"minimal"},"temperature":0.2 """, "")]
    [InlineData("openrouter/x-ai/grok-4.20-reasoning", """ "reasoning":{"effort":"high"} """, """ "reasoning":{"effort":"high"} """, "")]
    public async Task A_model_gets_only_what_it_takes(string model, string members, string expected, string losses)
    {
        var body = Body(members, "m");
        var sent = await UpstreamForm.WriteResponsesAsync(model, Encoding.UTF8.GetBytes(body));
        sent.Error.ShouldBeNull();
        sent.Dialect.ShouldBe("openai-responses");
        sent.Body.GetRawText().ShouldBe(Body(expected, model[(model.IndexOf('/') + 1)..]));
        sent.Losses.ToString().ShouldBe(losses);
    }

    /// <summary>The edited request is written without the blanks between members; an unedited one is the caller's.</summary>
    private static string Body(string members, string model) =>
        $$"""{"model":"{{model}}","input":[{"role":"user","content":"q"}]{{(members.Length > 0 ? "," : "")}}{{members.Trim()}}}""";

    public static TheoryData<string, string> Models
    {
        get
        {
            var table = new TheoryData<string, string>();
            foreach (var model in ModelCatalogue.Embedded.Models.Where(model => model.Provider is "openai" or "xai"))
                foreach (var name in model.Aliases.Prepend(model.Id).Append(model.Id + "-2026-11-01")) table.Add(model.Provider, name);
            foreach (var (provider, models, _) in ModelFamilies.All.Where(family => family.Provider is "openai" or "xai"))
                table.Add(provider, models.Replace("*", "").Replace('?', '2'));
            return table;
        }
    }

    private static readonly string[] Efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

    /// <summary>Also: the quick look never lets through a request that an edit would change.</summary>
    [Theory, MemberData(nameof(Models))]
    public void No_model_of_the_catalogue_gets_what_it_refuses(string provider, string model)
    {
        var traits = VendorRequests.TraitsOf(provider, model).ShouldNotBeNull($"{provider}/{model} is known");
        var limits = Limits(provider);
        var problems = new List<string>();
        foreach (var effort in Efforts.Select(effort => $$""" "reasoning":{"effort":"{{effort}}","summary":"auto"} """).Append(""" "user":"ann" """))
            foreach (var sampling in (string[])["", """ ,"temperature":0.5 """, """ ,"top_p":0.5,"top_logprobs":3 """, """ ,"include":["message.output_text.logprobs"] """])
            {
                var request = Body(effort + sampling, "m");
                var (sent, losses, isEdited, mayEdit) = Send(limits, request, model, traits);
                if (isEdited && !mayEdit) problems.Add($"{request}: not looked at");
                foreach (var problem in Problems(limits.Flags, traits, sent)) problems.Add($"{request}: {problem} ({losses})");
            }
        problems.ShouldBeNone();
    }

    private static IEnumerable<string> Problems(ResponsesQuirks quirks, ModelTraits traits, JsonElement body)
    {
        var effort = (body.Member("reasoning") ?? default).Text("effort");
        if (effort is not null && traits.Reasons == false) yield return "effort at a model that does not reason";
        if (effort is not null && traits is { ThinkingByLevel: false, ThinkingAlwaysOn: true, Efforts.Count: 0 }) yield return "effort at a model that takes none";
        if (effort == "none" && traits.ThinkingAlwaysOn) yield return "effort none at a model that always reasons";
        if (effort is not null && traits.Efforts.Count > 0 && !traits.Efforts.Contains(effort)) yield return $"effort {effort}";
        if (traits.SamplingParameters != false && !(traits.SamplingOnlyWithoutReasoning && (effort is null ? traits.ReasonsUnasked : effort != "none"))) yield break;
        foreach (var member in quirks.RefusedByFixedSampling)
            if (body.Member(member) is not null) yield return member;
        if (quirks.RefusedByFixedSampling.Count > 0 && body.Elements("include").Any(value => value.ValueEquals("message.output_text.logprobs"))) yield return "include";
    }

    private static (JsonElement Body, LossReport Losses, bool IsEdited, bool MayEdit) Send(ModelLimits limits, string request, string model, ModelTraits traits)
    {
        var bytes = Encoding.UTF8.GetBytes(request);
        var envelope = new ResponsesEnvelope();
        envelope.Read(bytes).ShouldBeNull();
        using var output = new JsonOutput();
        var losses = new LossReport();
        var isEdited = limits.TryEditRequest(bytes, new RequestTarget { Model = model, Traits = traits }, output, losses);
        return (JsonDocument.Parse(isEdited ? output.WrittenSpan.ToArray() : bytes).RootElement, losses, isEdited, limits.MayEdit(bytes, envelope, traits));
    }

    private static ModelLimits Limits(string provider) => UpstreamForm.Providers.Single(p => p.Id == provider)
        .Dialects.Where(dialect => dialect.Operation == Operation.Chat).Select(dialect => dialect.Dialect.Quirks).OfType<ModelLimits>().Single();

    /// <summary>Azure's deployments have the limits of OpenAI's models, found by their names.</summary>
    [Fact]
    public void Azure_has_OpenAI_s_limits() => Limits("azure").Flags.RefusedByFixedSampling.ShouldBe(Limits("openai").Flags.RefusedByFixedSampling);
}
