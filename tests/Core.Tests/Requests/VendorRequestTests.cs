using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Testing;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>Every Chat request, recorded or written by hand, is sent to every compatible provider without breaking its rules, and all losses are reported.</summary>
public sealed class VendorRequestTests
{
    public static TheoryData<string> Vendors => [.. VendorRequests.Vendors.Select(vendor => vendor.Id)];

    [Fact]
    public void Every_provider_has_rules()
    {
        var vendors = VendorRequests.Vendors.Select(vendor => vendor.Id).ToList();
        vendors.Except(ProviderRequestRules.Vendors).Select(ProviderRequestRules.HowToAdd).ShouldBeNone();
        ProviderRequestRules.Vendors.Except(vendors).Select(id => $"'{id}' is no vendor any more: take its rules out of tests/Testing/Requests/ProviderRequestRules.cs.")
            .ShouldBeNone();
    }

    [SkippableTheory]
    [MemberData(nameof(Vendors))]
    public void A_recorded_request_breaks_no_rule(string id)
    {
        WireCorpus.Require();
        VendorRequests.Recorded.Count().ShouldBeGreaterThan(250);
        Problems(id, VendorRequests.Recorded);
    }

    [Theory]
    [MemberData(nameof(Vendors))]
    public void A_request_written_by_hand_breaks_no_rule(string id) => Problems(id, VendorRequests.Written);

    /// <summary>Requests written by another dialect's codec get the same edits.</summary>
    [SkippableTheory]
    [MemberData(nameof(Vendors))]
    public void A_request_of_another_dialect_breaks_no_rule(string id)
    {
        WireCorpus.Require();
        var vendor = VendorRequests.Vendors.First(vendor => vendor.Id == id);
        var chat = vendor.Quirks is { } quirks ? new OpenAIChatDialect(quirks) : new OpenAIChatDialect();
        var problems = new List<string>();
        foreach (var wire in WireCorpus.Of("messages", "generateContent").Where(c => c.HasRequest && c.Status == 200))
        {
            IDialect source = wire.Api == "messages" ? new AnthropicMessagesDialect() : new GeminiDialect();
            foreach (var (model, reasons) in VendorRequests.ModelsOf(vendor))
            {
                using var output = new JsonOutput();
                var (request, unreadable) = source.TryReadRequest(wire.RequestBytes());
                if (unreadable is not null) continue;
                var target = new RequestTarget { Model = model, Traits = VendorRequests.TraitsOf(vendor.Id, model) };
                var error = chat.TryWriteRequest(request!, target, output, new LossReport());
                // A turn of nothing but media that the model does not take.
                if (error?.Code == "unsupported_content" && target.Traits?.Input is not null) continue;
                error.ShouldBeNull(wire.Id);
                var body = JsonDocument.Parse(output.Written.ToArray()).RootElement;
                body.Text("model").ShouldBe(model);
                if (vendor.Quirks?.Foreign.SystemFirst == true && body.Elements("messages").Skip(1).Any(turn => turn.Text("role") is "system" or "developer"))
                    problems.Add($"{id} {model} {wire.Id}: a system turn is not the first turn");
                problems.AddRange(ProviderRequestRules.Check(id, model, reasons, body).Select(violation => $"{id} {model} {wire.Id}: {violation}"));
            }
        }
        problems.ShouldBeNone();
    }

    /// <summary>Each flag is needed: without it, or one of its values, some request breaks a rule.</summary>
    [Theory]
    [MemberData(nameof(Vendors))]
    public void Each_flag_is_needed(string id)
    {
        var vendor = VendorRequests.Vendors.First(vendor => vendor.Id == id);
        if (vendor.Quirks?.Request is not { } request) return;
        foreach (var (flag, without) in VendorRequests.WithoutEach(request))
        {
            VendorRequests.Written.SelectMany(r => VendorRequests.Violations(vendor, vendor.Quirks with { Request = without }, r.Name, r.Body))
                .ShouldNotBeEmpty($"{id} would do without {flag}: no request in VendorRequests, HandWrittenTurns and HandWrittenOptions breaks one of its rules (tests/Testing/Requests/ProviderRequestRules.cs) when the flag is off. Add the rule that the flag is there for, a request that needs it, or take the flag away.");
        }
    }

    /// <summary>A provider without quirks gets the caller's own bytes; so does any provider for a request that its quirks do not affect.</summary>
    [Fact]
    public void A_plain_request_is_not_changed()
    {
        foreach (var vendor in VendorRequests.Vendors)
        {
            var more = vendor.Quirks?.Request?.Taken is null ? ""","something_new":{"a":[1]}""" : "";
            var plain = JsonDocument.Parse(
                $$"""{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}],"temperature":0.5,"max_tokens":5{{more}}}""").RootElement;
            var (body, losses) = VendorRequests.Send(vendor.Id, vendor.Quirks, "m", plain);
            body.GetRawText().ShouldBe(plain.GetRawText(), vendor.Id);
            losses.IsEmpty.ShouldBeTrue();
        }
    }

    private static void Problems(string id, IEnumerable<(string Name, JsonElement Body)> requests)
    {
        var vendor = VendorRequests.Vendors.First(vendor => vendor.Id == id);
        requests.SelectMany(request => VendorRequests.Violations(vendor, vendor.Quirks, request.Name, request.Body).Concat(VendorLosses.Silent(vendor, request.Name, request.Body)))
            .ShouldBeNone();
    }
}
