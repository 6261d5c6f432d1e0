using System.Text.Json.Nodes;
using Nano.Chat;
using Nano.Reasoning;
using static Nano.Tests.Reasoning.Turns;

namespace Nano.Tests.Reasoning;

/// <summary>The turn that a provider receives, by how a client returned it.</summary>
public sealed class TurnTests
{
    internal const string Lost = "dropped=messages.reasoning_details";

    internal static ContentPart[] Turn() => [Thinking("hm \"é\" 🌧", "c2lnbmF0dXJlMQ=="), Redacted("cmVkYWN0ZWQx"), Text("a"), Call("toolu_1", "look", "Y2FsbHNpZw=="),
        Call("toolu_2", "see")];

    private static readonly string[] Whole =
    [
        "thinking 'hm \"é\" 🌧' c2lnbmF0dXJlMQ== of anthropic-messages", "redacted cmVkYWN0ZWQx of anthropic-messages", "text 'a'", "call toolu_1 look Y2FsbHNpZw==",
        "call toolu_2 see",
    ];

    private static readonly string[] Bare = ["text 'a'", "call toolu_1 look", "call toolu_2 see"];

    private static JsonObject Detail(JsonObject told, int at) => told["reasoning_details"]![at]!.AsObject();

    internal static JsonObject CallOf(JsonObject told, int at) => told["tool_calls"]![at]!.AsObject();

    internal static string Id(JsonObject told, int at) => (string)CallOf(told, at)["id"]!;

    public static TheoryData<string> Kept() => [.. WholeCases.Keys];

    private static readonly Dictionary<string, Func<JsonObject, JsonObject>> WholeCases = new()
    {
        ["everything"] = told => told,
        ["ids and text"] = IdsOnly,
        ["details, and ids of its own"] = told =>
        {
            // The call's own signature is bound to its id.
            (CallOf(told, 0)["id"], CallOf(told, 1)["id"]) = ("toolu_1", "toolu_2");
            return told;
        },
        ["ids, and the details' text altered"] = told =>
        {
            Detail(told, 0)["text"] = "other";
            told.Remove("reasoning_content");
            return told;
        },
        ["ids, and the details' signature cut"] = told =>
        {
            Detail(told, 0)["signature"] = ((string)Detail(told, 0)["signature"]!)[..40];
            return told;
        },
        ["ids, and only the last detail"] = told =>
        {
            told["reasoning_details"] = new JsonArray(Detail(told, 1).DeepClone());
            return told;
        },
        ["ids, and the details of another turn"] = told =>
        {
            told["reasoning_details"] = Told(Key.Of("another home"), Thinking("x", "eHh4eHh4eHh4"), Redacted("eXl5eXl5eXk=")) ["reasoning_details"]!.DeepClone();
            return told;
        },
        ["everything, with the details twice"] = told =>
        {
            told["reasoning_details"]!.AsArray().Add(Detail(told, 0).DeepClone());
            told["reasoning_details"]!.AsArray().Add(Detail(told, 1).DeepClone());
            return told;
        },
        ["everything, with the details in another order"] = told =>
        {
            told["reasoning_details"] = new JsonArray(Detail(told, 1).DeepClone(), Detail(told, 0).DeepClone());
            return told;
        },
        ["everything, the shown thoughts altered"] = told =>
        {
            told["reasoning_content"] = "something else";
            return told;
        },
        ["everything, without the format"] = told =>
        {
            foreach (var detail in told["reasoning_details"]!.AsArray()) detail!.AsObject().Remove("format");
            return told;
        },
        ["everything, escaped in another way"] = told =>
        {
            var text = told.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            return JsonNode.Parse(text)!.AsObject();
        },
        ["everything, one id altered"] = told =>
        {
            CallOf(told, 0)["id"] = Id(told, 0)[..^1] + (Id(told, 0)[^1] == 'A' ? 'B' : 'A');
            return told;
        },
    };

    [Theory, MemberData(nameof(Kept))]
    public void State_is_restored_whole_from(string kept) => Check(Opened(WholeCases[kept](Told(Home, Turn()))), Whole, "");

    public static TheoryData<string> NotKept() => [.. LostCases.Keys];

    private static readonly Dictionary<string, (Func<JsonObject, JsonObject> Make, string Losses)> LostCases = new()
    {
        ["a client that keeps text and plain ids"] = (told =>
        {
            var kept = IdsOnly(told);
            (CallOf(kept, 0)["id"], CallOf(kept, 1)["id"]) = ("toolu_1", "toolu_2");
            return kept;
        }, ""),
        ["altered details and no ids"] = (told =>
        {
            Detail(told, 0)["text"] = "other";
            told.Remove("reasoning_content");
            CallOf(told, 0).Remove("extra_content");
            (CallOf(told, 0)["id"], CallOf(told, 1)["id"]) = ("toolu_1", "toolu_2");
            return told;
        }, Lost),
        ["one detail of two and no ids"] = (told =>
        {
            told["reasoning_details"] = new JsonArray(Detail(told, 1).DeepClone());
            told.Remove("reasoning_content");
            CallOf(told, 0).Remove("extra_content");
            (CallOf(told, 0)["id"], CallOf(told, 1)["id"]) = ("toolu_1", "toolu_2");
            return told;
        }, Lost),
        ["an altered id alone"] = (told =>
        {
            var kept = IdsOnly(told);
            CallOf(kept, 0)["id"] = Id(kept, 0)[..^1] + (Id(kept, 0)[^1] == 'A' ? 'B' : 'A');
            return kept;
        }, Lost),
        ["the seal of one call behind the id of the other"] = (told =>
        {
            var kept = IdsOnly(told);
            var seal = Id(kept, 0)["toolu_1".Length..];
            (CallOf(kept, 0)["id"], CallOf(kept, 1)["id"]) = ("toolu_1", "toolu_2" + seal);
            return kept;
        }, Lost),
        ["signature and opaque content exchanged, no ids"] = (told =>
        {
            var (one, two) = ((string)Detail(told, 0)["signature"]!, (string)Detail(told, 1)["data"]!);
            (Detail(told, 0)["signature"], Detail(told, 1)["data"]) = (two, one);
            told.Remove("reasoning_content");
            CallOf(told, 0).Remove("extra_content");
            (CallOf(told, 0)["id"], CallOf(told, 1)["id"]) = ("toolu_1", "toolu_2");
            return told;
        }, Lost),
        ["a seal of a later version"] = (told =>
        {
            var kept = IdsOnly(told);
            CallOf(kept, 0)["id"] = Id(kept, 0).Replace("__nano1_", "__nano2_");
            return kept;
        }, Lost),
        ["state without a seal"] = (told =>
        {
            var kept = IdsOnly(told);
            (CallOf(kept, 0)["id"], CallOf(kept, 1)["id"]) = ("toolu_1", "toolu_2");
            kept["reasoning_details"] = JsonNode.Parse("""[{"type":"reasoning.text","text":"hm","signature":"c2lnbmF0dXJlMQ==","format":"anthropic-claude-v1","index":0}]""");
            return kept;
        }, Lost),
        ["a call's signature without a seal"] = (told =>
        {
            var kept = IdsOnly(told);
            (CallOf(kept, 0)["id"], CallOf(kept, 1)["id"]) = ("toolu_1", "toolu_2");
            CallOf(kept, 0)["extra_content"] = JsonNode.Parse("""{"google":{"thought_signature":"Y2FsbHNpZw=="}}""");
            return kept;
        }, Lost),
        ["a thought's seal as a call's"] = (told =>
        {
            var kept = IdsOnly(told);
            (CallOf(kept, 0)["id"], CallOf(kept, 1)["id"]) = ("toolu_1", "toolu_2");
            CallOf(kept, 0)["extra_content"] = new JsonObject { ["google"] = new JsonObject { ["thought_signature"] = Detail(told, 1)["data"]!.DeepClone() } };
            return kept;
        }, Lost),
        ["a seal that goes on for ever"] = (told =>
        {
            var kept = IdsOnly(told);
            CallOf(kept, 0)["id"] = Id(kept, 0) + new string('A', 100_000);
            return kept;
        }, Lost),
    };

    /// <summary>Never refused and never sent; reported if the returned state could not be used.</summary>
    [Theory, MemberData(nameof(NotKept))]
    public void State_is_dropped_from(string why) => Check(Opened(LostCases[why].Make(Told(Home, Turn()))), Bare, LostCases[why].Losses);

    [Fact]
    public void The_state_in_an_id_does_not_open_for_another_tool()
    {
        var kept = IdsOnly(Told(Home, Turn()));
        (CallOf(kept, 0)["function"]!["name"], CallOf(kept, 1)["function"]!["name"]) = ("see", "look");
        Check(Opened(kept), ["text 'a'", "call toolu_1 see", "call toolu_2 look"], Lost);
    }

    [Fact]
    public void Another_home_gets_the_plain_ids_and_no_state()
    {
        var told = Told(Home, Turn());
        // Displayed reasoning is text: the dialect decides whether it can be sent.
        string[] shown = ["shown 'hm \"é\" 🌧' of openai-chat", .. Bare];
        Check(Opened(IdsOnly(told), Key.Of("anthropic another")), Bare, Lost);
        told.Remove("reasoning_details");
        Check(Opened(told, Key.Of("anthropic another")), shown, Lost);
    }

    [Fact]
    public void A_former_key_of_the_gateway_is_another_home() =>
        Check(Opened(IdsOnly(Told(Home, Turn())), new StateKey("another-key-of-the-gateway-0123456").Of("anthropic one")), Bare, Lost);

    [Fact]
    public void Without_state_nothing_is_sealed()
    {
        var told = Told(Home, Text("a"), Call("call_1"));
        told.ToJsonString().ShouldNotContain("__nano");
        Check(Opened(told), ["text 'a'", "call call_1 look"], "");
    }

    [Fact]
    public void Signatures_of_texts_are_returned_before_their_text() =>
        Check(Opened(IdsOnly(Told(Home, Text("a"), OfText("dGV4dHNpZ24="), Call("toolu_1")))), ["of text dGV4dHNpZ24= of anthropic-messages", "text 'a'", "call toolu_1 look"], "");

    /// <summary>A caller controls how many seals there are to open.</summary>
    [Fact]
    public void A_hundred_thousand_seals_cost_in_proportion()
    {
        var good = Told(Home, Turn());
        long Cost(int count, Func<int, string> id)
        {
            var calls = string.Join(',', Enumerable.Range(0, count).Select(i => $$$"""{"id":"{{{id(i)}}}","type":"function","function":{"name":"look","arguments":"{}"}}"""));
            var request = Read($$"""{"model":"m","messages":[{"role":"assistant","content":"a","tool_calls":[{{calls}}]}]}""");
            var before = GC.GetAllocatedBytesForCurrentThread();
            StateOpener.Open(request, Home, Dialect, new LossReport());
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        foreach (var id in (Func<int, string>[])[i => $"call_{i}__nano1_" + new string('A', 40), _ => Id(good, 0), _ => "__nano1___nano1_"])
        {
            Cost(100, id);
            var (some, many) = (Cost(10_000, id), Cost(100_000, id));
            many.ShouldBeLessThan(some * 12);
            many.ShouldBeLessThan(100_000L * 2048);
        }
    }
}
