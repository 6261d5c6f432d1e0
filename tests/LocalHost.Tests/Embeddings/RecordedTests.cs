using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Embeddings;

/// <summary>Recorded responses of providers' embeddings, and those of tests/Corpus, through the gateway, compared with the recording by a separate reader.</summary>
public sealed class RecordedTests(EmbeddingFixture gateway) : IClassFixture<EmbeddingFixture>
{
    public static IEnumerable<object[]> Cases => WireCorpus.Of("embeddings").Where(wire => Model(wire) is not null).Select(wire => new object[] { wire.Id });

    public static TheoryData<string> OwnCases => [.. OwnCorpus.Of("embeddings").Select(wire => wire.Id)];

    [SkippableTheory, RecordedData(nameof(Cases))]
    public async Task A_recorded_response_keeps_its_numbers(string id)
    {
        WireCorpus.Require();
        await CheckAsync(WireCorpus.Get(id));
    }

    /// <summary>The cases of tests/Corpus, which every clone has.</summary>
    [Theory]
    [MemberData(nameof(OwnCases))]
    public Task An_own_response_keeps_its_numbers(string id) => CheckAsync(OwnCorpus.Get(id));

    private async Task CheckAsync(WireCase wire)
    {
        var isBase64 = wire.HasRequest && wire.RequestBody.TryGetProperty("encoding_format", out var format) && format.GetString() == "base64";
        gateway.Script(UpstreamScript.Json(wire.ResponseBytes(), wire.Status));
        using var sent = await gateway.Client.PostAsync("/v1/embeddings",
            new StringContent(EmbeddingFixture.Body(Model(wire)!, Input(wire), new { encoding_format = isBase64 ? "base64" : "float" })));
        var reply = await GatewayReply.ReadAsync(sent);
        if (wire.Status >= 400)
        {
            reply.Error().GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
            ((int)reply.Status).ShouldBe(wire.Status is 401 ? 502 : wire.Status is >= 500 ? 502
                : reply.Text.Contains("provider_auth_failed", StringComparison.Ordinal) ? 502 : wire.Status);
            return;
        }
        var actual = reply.Json.GetProperty("data").EnumerateArray().Select(item => Meaning(item.GetProperty("embedding"))).ToArray();
        var expected = Expected(wire.ResponseBody).Select(Meaning).ToArray();
        actual.Length.ShouldBe(expected.Length);
        // The vectors are long: the first difference is enough.
        for (var i = 0; i < expected.Length; i++)
            for (var at = 0; at < expected[i].Length; at++) actual[i][at].ShouldBe(expected[i][at], $"vector {i}, number {at}");
    }

    /// <summary>The numbers as in the recording, or the characters of base64.</summary>
    private static string[] Meaning(JsonElement vector) =>
        vector.ValueKind == JsonValueKind.Array ? [.. vector.EnumerateArray().Select(number => number.GetRawText())]
        : [.. vector.GetString()!.Chunk(16).Select(chunk => new string(chunk))];

    /// <summary>A model of the provider whose format the recording has; null for formats that the gateway does not use.</summary>
    private static string? Model(WireCase wire) => wire.Provider switch
    {
        "openai" or "local" or "copilot" or "doubleword" or "llamacpp" or "venice" => "openai/m",
        "azure" or "mistral" or "openrouter" or "voyage" => wire.Provider + "/m",
        "cohere" when wire.Url.Contains("/v2/", StringComparison.Ordinal) || wire.Status >= 400 => "cohere/m",
        "gemini" when wire.Url.Contains(":batchEmbedContents", StringComparison.Ordinal) => "google/m",
        _ => null,
    };

    /// <summary>As many texts as the response has vectors.</summary>
    private static string[] Input(WireCase wire) => [.. Enumerable.Repeat("text", wire.Status >= 400 ? 1 : Expected(wire.ResponseBody).Count())];

    private static IEnumerable<JsonElement> Expected(JsonElement body) =>
        body.TryGetProperty("data", out var data) ? data.EnumerateArray().Select(item => item.GetProperty("embedding"))
        : body.GetProperty("embeddings") is { ValueKind: JsonValueKind.Object } byType ? byType.GetProperty("float").EnumerateArray()
        : body.GetProperty("embeddings").EnumerateArray().Select(item => item.GetProperty("values"));
}
