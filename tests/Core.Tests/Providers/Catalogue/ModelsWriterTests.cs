using System.Text;
using System.Text.Json;
using Nano.Json;
using Nano.Providers.Catalogue;

namespace Nano.Tests.Providers.Catalogue;

public sealed class ModelsWriterTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_model_for_openai_clients() =>
        Written(output => ModelsWriter.WriteOpenAI(Model("anthropic", "claude-haiku-5-5"), Now, output)).ShouldBe(Flat("""
            {"id":"anthropic/claude-haiku-5-5","object":"model","created":1791331200,"owned_by":"anthropic","status":"current",
            "context_length":1000000,"max_output_tokens":128000,
            "capabilities":{"input":["text","image","pdf"],"output":["text"],"tools":true,"json_schema":true,"reasoning":true,
            "reasoning_effort":["low","medium","high","xhigh","max"]},
            "pricing":{"unit":"USD per million tokens","input":0.1,"output":0.5,"cache_read":0.01,"cache_write":0.125,"long_cache_write":0.2,
            "above":[{"input_tokens":100000,"input":0.5,"output":2.5,"cache_read":0.05,"cache_write":0.625,"long_cache_write":1}]}}
            """));

    [Fact]
    public void Unknown_values_are_omitted() =>
        Written(output => ModelsWriter.WriteOpenAI(Model("cohere", "north-mini-code-1-0"), Now, output)).ShouldBe(Flat("""
            {"id":"cohere/north-mini-code-1-0","object":"model","created":0,"owned_by":"cohere","status":"current",
            "capabilities":{"input":["text"],"output":["text"],"tools":true,"json_schema":true}}
            """));

    [Theory]
    [InlineData("2026-12-31", "0.75")]
    [InlineData("2027-01-01", "1.5")]
    public void The_price_is_that_of_the_day(string day, string price)
    {
        var at = new DateTimeOffset(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture), TimeOnly.MinValue, TimeSpan.Zero);
        Written(output => ModelsWriter.WriteOpenAI(Model("google", "gemini-3.8-flash"), at, output)).ShouldContain($"\"input\":{price},");
    }

    [Fact]
    public void Lists_in_three_dialects()
    {
        ModelInfo[] two = [Model("nano", "echo"), Model("google", "gemini-2.5-pro")];

        using var openai = JsonDocument.Parse(Written(output => ModelsWriter.WriteOpenAIList(two, Now, output)));
        openai.RootElement.GetProperty("object").GetString().ShouldBe("list");
        openai.RootElement.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()).ToArray().ShouldBe(["nano/echo", "google/gemini-2.5-pro"]);

        Written(output => ModelsWriter.WriteAnthropicList(two, Now, output)).ShouldBe(Flat("""
            {"data":[{"type":"model","id":"nano/echo","display_name":"echo","created_at":"2026-11-22T00:00:00Z","max_tokens":16384,
            "capabilities":{"input":["text","image","pdf","audio"],"output":["text"],"tools":true,"json_schema":true},
            "pricing":{"unit":"USD per million tokens","input":0,"output":0,"cache_read":0,"cache_write":0,"long_cache_write":0}},
            {"type":"model","id":"google/gemini-2.5-pro","display_name":"gemini-2.5-pro","created_at":"2025-06-17T00:00:00Z","max_input_tokens":1048576,"max_tokens":65536,
            "capabilities":{"input":["text","image","video","audio","pdf"],"output":["text"],"tools":true,"json_schema":true,"reasoning":true},
            "pricing":{"unit":"USD per million tokens","input":1.25,"output":10,"cache_read":0.125,"above":[{"input_tokens":200000,"input":2.5,"output":15,"cache_read":0.25}]}}],
            "has_more":false,"first_id":"nano/echo","last_id":"google/gemini-2.5-pro"}
            """));

        Written(output => ModelsWriter.WriteGeminiList(two, Now, output)).ShouldBe(Flat("""
            {"models":[{"name":"models/nano/echo","displayName":"echo","outputTokenLimit":16384,"supportedGenerationMethods":["generateContent","streamGenerateContent"],
            "capabilities":{"input":["text","image","pdf","audio"],"output":["text"],"tools":true,"json_schema":true},
            "pricing":{"unit":"USD per million tokens","input":0,"output":0,"cache_read":0,"cache_write":0,"long_cache_write":0}},
            {"name":"models/google/gemini-2.5-pro","displayName":"gemini-2.5-pro","inputTokenLimit":1048576,"outputTokenLimit":65536,
            "supportedGenerationMethods":["generateContent","streamGenerateContent"],"thinking":true,
            "capabilities":{"input":["text","image","video","audio","pdf"],"output":["text"],"tools":true,"json_schema":true,"reasoning":true},
            "pricing":{"unit":"USD per million tokens","input":1.25,"output":10,"cache_read":0.125,"above":[{"input_tokens":200000,"input":2.5,"output":15,"cache_read":0.25}]}}]}
            """));
    }

    [Fact]
    public void Empty_lists_are_lists()
    {
        Written(output => ModelsWriter.WriteOpenAIList([], Now, output)).ShouldBe("""{"object":"list","data":[]}""");
        Written(output => ModelsWriter.WriteAnthropicList([], Now, output)).ShouldBe("""{"data":[],"has_more":false,"first_id":null,"last_id":null}""");
        Written(output => ModelsWriter.WriteGeminiList([], Now, output)).ShouldBe("""{"models":[]}""");
    }

    [Fact]
    public void Every_model_of_the_catalogue_is_valid_json()
    {
        foreach (var model in ModelCatalogue.Embedded.Models)
        {
            using var one = JsonDocument.Parse(Written(output => ModelsWriter.WriteOpenAI(model, Now, output)));
            one.RootElement.TryGetProperty("pricing", out _).ShouldBe(model.Prices is not null, model.Name);
        }
    }

    private static ModelInfo Model(string provider, string id) => ModelCatalogue.Embedded.Find(provider, id)!;

    private static string Flat(string json) => json.Replace("\r", "").Replace("\n", "");

    private static string Written(Action<JsonOutput> write)
    {
        using var output = new JsonOutput();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
