using System.Text;
using Nano.Governance;
using Nano.State;

namespace Nano.Tests.Governance;

/// <summary>What the gateway reads from a request for its policy and its reports: sizes, end users, metadata and tags.</summary>
public sealed class RequestFactsTests
{
    [Theory]
    [InlineData("""{"user":"ann","safety_identifier":"s","metadata":{"user_id":"m"}}""", "ann", null)]
    [InlineData("""{"metadata":{"user_id":"m"},"safety_identifier":"s"}""", "s", null)]
    [InlineData("""{"metadata":{"user_id":"m","case":"7","run":"a b"}}""", "m", "case=7\nrun=a b")]
    [InlineData("""{"labels":{"team":"x"},"metadata":{"team":"y","teams":"z","tea":"v"}}""", null, "team=x\nteams=z\ntea=v")]
    [InlineData("""{"user":"ann","user":"bob","safety_identifier":"s","safety_identifier":"t","metadata":{"user_id":"m","user_id":"n"}}""", "ann", null)]
    [InlineData("""{"safety_identifier":"s","safety_identifier":"t"}""", "s", null)]
    [InlineData("""{"metadata":{"user_id":"m","user_id":"n"}}""", "m", null)]
    [InlineData("""{"user":"","safety_identifier":7,"metadata":{"user_id":null,"n":1,"e":"","l":"1\n2","a b":"x","":"y","half":"\ud83d"}}""", null, null)]
    [InlineData("""{"user":"\u0061nn\"","metadata":"text","labels":[]}""", "ann\"", null)]
    [InlineData("""{"messages":[{"user":"ann"}],"generationConfig":{"user":"ann","maxOutputTokens":5}}""", null, null)]
    public void The_end_user_and_the_metadata_of_a_request_are_read(string body, string? user, string? metadata)
    {
        var attribution = new RequestAttribution();
        RequestSize.Of(Encoding.UTF8.GetBytes(body), attribution);
        (attribution.EndUser, attribution.Metadata).ShouldBe((user, metadata));
    }

    /// <summary>A value that reports do not use hides no limit behind it, and its own members are not those of the request.</summary>
    [Theory]
    [InlineData("""{"user":"ann","user":VALUE,"max_tokens":500}""")]
    [InlineData("""{"safety_identifier":"s","safety_identifier":VALUE,"max_tokens":500,"user":"ann"}""")]
    [InlineData("""{"metadata":{"user_id":"m","user_id":VALUE,"ok":"z"},"max_tokens":500,"user":"ann"}""")]
    [InlineData("""{"metadata":{"a b":VALUE,"ok":"z"},"max_tokens":500,"user":"ann"}""")]
    [InlineData("""{"metadata":{"ok":"z","name":VALUE},"max_tokens":500,"user":"ann"}""")]
    public void A_value_that_is_not_used_hides_nothing(string body)
    {
        foreach (var value in (string[])["[1]", "{}", "[]", """{"max_tokens":1,"ok":"y","user_id":"x"}""", "[{\"user\":\"x\"}]"])
        {
            var attribution = new RequestAttribution();
            RequestSize.Of(Encoding.UTF8.GetBytes(body.Replace("VALUE", value)), attribution).Limit.ShouldBe(500, value);
            (attribution.EndUser, attribution.Metadata).ShouldBe(("ann", body.Contains("metadata", StringComparison.Ordinal) ? "ok=z" : null), value);
        }
    }

    [Fact]
    public void What_is_read_for_reports_is_bounded()
    {
        Of($$"""{"user":"{{new string('u', 256)}}"}""").EndUser!.Length.ShouldBe(256);
        Of($$"""{"user":"{{new string('u', 257)}}"}""").EndUser.ShouldBeNull();
        // Escapes count as the characters that they stand for.
        Of($$"""{"user":"{{string.Concat(Enumerable.Repeat("\\u00e4", 256))}}"}""").EndUser.ShouldBe(new string('\u00e4', 256));
        Of("{\"metadata\":{" + string.Join(",", Enumerable.Range(1, 17).Select(i => $"\"n{i}\":\"v\"")) + "}}").Metadata!.Split('\n')
            .ShouldBe(Enumerable.Range(1, 16).Select(i => $"n{i}=v"));
        // 2048 characters together, with the names of earlier members.
        var lines = Of($$"""{"metadata":{"a":"{{new string('v', 2000)}}","b":"{{new string('w', 47)}}","c":"{{new string('w', 46)}}","d":"x"} }""").Metadata!.Split('\n');
        lines.Select(line => (line[0], line.Length)).ShouldBe([('a', 2002), ('c', 48)]);
        Of($$"""{"metadata":{"{{new string('n', 64)}}":"1","{{new string('m', 65)}}":"2"} }""").Metadata.ShouldBe(new string('n', 64) + "=1");

        static RequestAttribution Of(string body)
        {
            var attribution = new RequestAttribution();
            RequestSize.Of(Encoding.UTF8.GetBytes(body), attribution);
            return attribution;
        }
    }

    [Fact]
    public void A_request_has_at_most_16_tags_of_bounded_length()
    {
        var sixteen = string.Join('\n', Enumerable.Range(1, 16).Select(i => $"t{i}=v"));
        RequestTags.Join(null, sixteen.Replace('\n', ',') + ",more=v").ShouldBe(sixteen);
        RequestTags.Join(sixteen, "more=v").ShouldBe(sixteen);
        RequestTags.Join(null, $"{new string('n', 64)}={new string('v', 128)}").ShouldBe($"{new string('n', 64)}={new string('v', 128)}");
        RequestTags.Join(null, $"{new string('n', 65)}=v,n={new string('v', 129)},ok=,a=b=c").ShouldBe("ok=\na=b=c");
        RequestTags.Join(null, "n=\u00e4,n=a\tb,a/b=c,a.b_c-d@e+F9=c").ShouldBe("a.b_c-d@e+F9=c");
        RequestTags.Join("app=shop", "").ShouldBe("app=shop");
        RequestTags.Join(null, ",").ShouldBeNull();
        RequestTags.Join("app=shop", "apps=x,ap=y,app=z").ShouldBe("app=shop\napps=x\nap=y");

        (RequestTags.Add(null, null), RequestTags.Add("a=1", null), RequestTags.Add(null, "a=1")).ShouldBe((null, "a=1", "a=1"));
        RequestTags.Add("a=1\nb=2", "b=3\nc=4\nab=5").ShouldBe("a=1\nb=2\nc=4\nab=5");
        RequestTags.Add(sixteen, "more=v").ShouldBe(sixteen);
        RequestTags.Add("more=v", sixteen).ShouldBe("more=v\n" + sixteen[..sixteen.LastIndexOf('\n')]);
        (RequestTags.IsName(""u8), RequestTags.IsName("a b"u8), RequestTags.IsName("Az09._-@+"u8)).ShouldBe((false, false, true));
    }

    [Theory]
    [InlineData("""{"max_tokens":0}""", null, null, 0)]
    [InlineData("""{"max_tokens":5,"max_completion_tokens":7,"max_output_tokens":6}""", null, null, 7)]
    [InlineData("""{"max_tokens":2000000000}""", null, null, 1_000_000_000)]
    [InlineData("""{"max_tokens":"5"}""", 9L, null, 9)]
    [InlineData("""{"max_tokens":5,"n":1}""", null, null, 5)]
    [InlineData("""{"max_tokens":5,"n":2}""", null, null, 10)]
    [InlineData("""{"max_tokens":5,"n":128}""", null, null, 640)]
    [InlineData("""{"max_tokens":5,"n":129}""", null, null, 640)]
    [InlineData("""{"max_tokens":5,"n":7,"n":2,"candidateCount":3}""", null, null, 35)]
    [InlineData("""{"generation_config":{"maxOutputTokens":9}}""", null, null, 9)]
    [InlineData("""{"generationConfig":7,"max_tokens":5}""", null, null, 5)]
    [InlineData("""{"generationConfig":{"generationConfig":{"maxOutputTokens":900}},"max_tokens":5}""", null, null, 5)]
    [InlineData("""{"max_tokens":5000}""", 100L, 200L, 5000)]
    [InlineData("""{"n":2}""", 100L, 200L, 200)]
    [InlineData("""{"n":2}""", 200L, 200L, 400)]
    [InlineData("""{"n":2}""", 300L, 200L, 400)]
    [InlineData("""{}""", null, 200L, 200)]
    [InlineData("""{"max_tokens":5,""", null, null, 5)]
    public void The_output_of_a_request_is_estimated(string body, long? policy, long? model, long output) =>
        RequestSize.Of(Encoding.UTF8.GetBytes(body)).Estimate(policy, model).Output.ShouldBe(output);

    [Theory]
    [InlineData("", 1)]
    [InlineData("{}", 1)]
    [InlineData("{  }", 2)]
    [InlineData("{\"a\":1}", 3)]
    public void The_input_is_a_quarter_of_the_bytes(string body, long tokens) => RequestSize.Of(Encoding.UTF8.GetBytes(body)).Input.ShouldBe(tokens);

    [Fact]
    public void A_long_string_without_an_early_space_is_media()
    {
        var text = RequestSize.Of(Encoding.UTF8.GetBytes($"{{\"a\":\"{new string('x', 4095)}\"}}")).Input;
        text.ShouldBe((4095 + 9) / 4 + 1);
        RequestSize.Of(Encoding.UTF8.GetBytes($"{{\"a\":\"{new string('x', 4096)}\"}}")).Input.ShouldBe(1600 + 8 / 4 + 1);
        RequestSize.Of(Encoding.UTF8.GetBytes($"{{\"a\":\"{new string('x', 255)} {new string('x', 4095)}\"}}")).Input.ShouldBe((4351 + 9) / 4 + 1);
        RequestSize.Of(Encoding.UTF8.GetBytes($"{{\"a\":\"{new string('x', 256)} {new string('x', 4095)}\"}}")).Input.ShouldBe(1600 + 8 / 4 + 1);
    }

    /// <summary>A key that no gateway issued is recognized without the store.</summary>
    [Fact]
    public void A_virtual_key_is_genuine_only_for_the_secret_that_it_was_created_with()
    {
        var (secret, another) = (new StoreSecret(new string('a', 64)), new StoreSecret(new string('b', 64)));
        var key = VirtualKey.Create(secret);
        key.ShouldNotBe(VirtualKey.Create(secret));
        (key.Length, key[..8], VirtualKey.HintOf(key)).ShouldBe((62, "sk-nano-", key[..12]));
        VirtualKey.LooksLikeKey(key).ShouldBeTrue();
        foreach (var other in (string[])[key + "x", key[..^1], "SK" + key[2..], ""]) VirtualKey.LooksLikeKey(other).ShouldBeFalse(other);
        (VirtualKey.IsGenuine(secret, key), VirtualKey.IsGenuine(another, key)).ShouldBe((true, false));
        for (var i = VirtualKey.Prefix.Length; i < key.Length; i++)
        {
            // The last character has two bits that are not part of the key.
            var altered = key[..i] + (key[i] is 'A' or 'B' or 'C' or 'D' ? 'w' : 'A') + key[(i + 1)..];
            VirtualKey.IsGenuine(secret, altered).ShouldBeFalse($"character {i}");
            VirtualKey.IsGenuine(secret, key[..i] + '!' + key[(i + 1)..]).ShouldBeFalse($"character {i}");
        }
        VirtualKey.HashOf(secret, key).ShouldMatch("^[0-9a-f]{64}$");
        (VirtualKey.HashOf(secret, key) == VirtualKey.HashOf(secret, key), VirtualKey.HashOf(secret, key) == VirtualKey.HashOf(another, key)).ShouldBe((true, false));
        secret.ToString().ShouldBe("set");
    }
}
