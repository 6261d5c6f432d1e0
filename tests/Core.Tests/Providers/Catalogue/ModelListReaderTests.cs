using System.Text;
using Nano.Providers;
using Nano.Providers.Anthropic;
using Nano.Providers.Catalogue;
using Nano.Providers.Google;
using Nano.Providers.OpenAICompatible;
using Nano.Testing;
using static Nano.Tests.Providers.Catalogue.ModelListReaderTests.Outcome;

namespace Nano.Tests.Providers.Catalogue;

/// <summary>Lists of models in providers' formats, and invalid ones.</summary>
public class ModelListReaderTests
{
    private const string NoList = "no list";

    public enum Outcome { List, NotOne }

    private static ModelListForm Form(string provider) => provider switch
    {
        "google" => GoogleProvider.Lister.Form!,
        "anthropic" => AnthropicProvider.Lister.Form!,
        _ => CompatibleProviders.All.First(vendor => vendor.Id == provider).ModelList!,
    };

    /// <summary>The result as <c>id id:context > next page</c>.</summary>
    private static string Read(string json, ModelListForm form, int most = 100)
    {
        var reader = new ModelListReader(form, most);
        if (!reader.TryRead(Encoding.UTF8.GetBytes(json), out var next)) return NoList;
        return string.Join(" ", reader.Models.Select(model => model.Context is { } context ? $"{model.Id}:{context}" : model.Id).Append(next is null ? "" : "> " + next)).Trim();
    }

    [Theory]
    // OpenAI: a plain list, in which models for other purposes are recognised only by name.
    [InlineData("openai", """{"object":"list","data":[{"id":"gpt-4o","object":"model","created":1,"owned_by":"openai"},{"id":"text-embedding-3-small"},{"id":"whisper-1"},{"id":"tts-1-hd"},{"id":"gpt-4o-mini-tts"},{"id":"omni-moderation-latest"},{"id":"dall-e-3"},{"id":"gpt-image-2"},{"id":"gpt-realtime"},{"id":"gpt-4o-transcribe"},{"id":"davinci-002"},{"id":"gpt-9-mini"}]}""", "gpt-4o gpt-9-mini")]
    // Together: an array with each model's purpose.
    [InlineData("together", """[{"id":"meta-llama/Llama-4","type":"chat","context_length":131072},{"id":"black-forest/flux","type":"image"},{"id":"BAAI/bge","type":"embedding"},{"id":"some/new"}]""", "meta-llama/Llama-4:131072 some/new")]
    // Mistral: the same model under several names, with capabilities.
    [InlineData("mistral", """{"data":[{"id":"mistral-large-2512","capabilities":{"completion_chat":true},"aliases":["mistral-large-latest"],"max_context_length":262144},{"id":"mistral-large-latest","capabilities":{"completion_chat":true}},{"id":"mistral-ocr","capabilities":{"completion_chat":false}}]}""", "mistral-large-2512:262144 mistral-large-latest")]
    [InlineData("anthropic", """{"data":[{"type":"model","id":"claude-opus-5-5","display_name":"Claude","created_at":"2026-01-01T00:00:00Z"}],"has_more":true,"first_id":"claude-opus-5-5","last_id":"claude-opus-5-5"}""", "claude-opus-5-5 > claude-opus-5-5")]
    [InlineData("anthropic", """{"data":[{"id":"claude-x"}],"has_more":false,"last_id":"claude-x"}""", "claude-x")]
    [InlineData("google", """{"models":[{"name":"models/gemini-9","inputTokenLimit":1048576,"supportedGenerationMethods":["countTokens","generateContent"]},{"name":"models/imagen-5","supportedGenerationMethods":["predict"]},{"name":"tunedModels/mine"}],"nextPageToken":"abc"}""", "gemini-9:1048576 tunedModels/mine > abc")]
    [InlineData("google", """{"models":[],"nextPageToken":""}""", "")]
    [InlineData("groq", """{"data":[{"id":"openai/gpt-oss-120b","context_window":131072,"active":true},{"id":"whisper-large-v3"},{"id":"playai-tts"}]}""",
        "openai/gpt-oss-120b:131072")]
    [InlineData("vllm", """{"object":"list","data":[{"id":"qwen","object":"model","root":"/models/qwen","max_model_len":32768,"permission":[{"id":"modelperm-1"}]}]}""",
        "qwen:32768")]
    [InlineData("ollama", """{"object":"list","data":[{"id":"llama3.2:3b","object":"model","created":1,"owned_by":"library"},{"id":"nomic-embed-text:latest"}]}""", "llama3.2:3b")]
    [InlineData("openrouter", """{"data":[{"id":"anthropic/claude-x","context_length":200000},{"id":"openrouter/auto"},{"id":"meta/llama:free"}]}""",
        "anthropic/claude-x:200000 openrouter/auto meta/llama:free")]
    [InlineData("openai", """{"object":"list","data":[]}""", "")]
    [InlineData("openai", "[]", "")]
    public void A_list_is_read_as_its_provider_writes_it(string provider, string json, string expected) => Read(json, Form(provider)).ShouldBe(expected);

    /// <summary>Google lists their methods; in other lists the names show it.</summary>
    [Theory]
    [InlineData("openai", """{"data":[{"id":"gpt-9"},{"id":"text-embedding-3-small"},{"id":"whisper-1"}]}""", "gpt-9 text-embedding-3-small!")]
    [InlineData("google", """{"models":[{"name":"models/gemini-embedding-001","supportedGenerationMethods":["embedContent"]},{"name":"models/imagen-5","supportedGenerationMethods":["predict"]}]}""", "gemini-embedding-001!")]
    [InlineData("mistral", """{"data":[{"id":"mistral-embed","capabilities":{"completion_chat":false}}]}""", "mistral-embed!")]
    public void Embedding_models_are_read_if_the_provider_embeds(string provider, string json, string expected)
    {
        var reader = new ModelListReader(Form(provider), 10, takesEmbeddings: true);
        reader.TryRead(Encoding.UTF8.GetBytes(json), out _).ShouldBeTrue();
        string.Join(' ', reader.Models.Select(model => model.Id + (model.Embeds ? "!" : ""))).ShouldBe(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("\"models\"")]
    [InlineData("42")]
    [InlineData("{}")]
    [InlineData("""{"data":null}""")]
    [InlineData("""{"data":{"id":"m"}}""")]
    [InlineData("""{"models":[{"id":"m"}]}""")]
    [InlineData("""{"error":{"message":"no"}}""")]
    [InlineData("""{"data":[{"id":"m"}]""")]
    [InlineData("""{"data":[{"id":"m"}]} {}""")]
    [InlineData("""[{"id":"m"}]]""")]
    [InlineData("<html></html>")]
    public void An_invalid_list_is_reported(string json) => Read(json, ModelListForm.OpenAI).ShouldBe(NoList);

    [Theory]
    [InlineData("""{"data":[1,null,"m",[],[{"id":"m"}],{},{"id":1},{"id":null},{"id":""},{"id":{}},{"name":"m"},{"id":"good"}]}""", "good")]
    [InlineData("""{"data":[{"id":"a"},{"id":"a"},{"id":"b"},{"id":"a"}]}""", "a b")]
    [InlineData("""{"data":[{"id":"a","id":"b"}]}""", "b")]
    [InlineData("""{"data":[{"\u0069d":"a\u002Db"}]}""", "a-b")]
    [InlineData("""{"data":[{"id":"a","context_length":-5},{"id":"b","context_length":"many"},{"id":"c","context_length":1e300},{"id":"d","context_length":0}]}""", "a b c d")]
    [InlineData("""{"data":[{"id":"a"}],"data":[{"id":"b"}],"has_more":true,"last_id":"b"}""", "a b")]
    public void Elements_that_are_not_models_are_skipped(string json, string expected) => Read(json, ModelListForm.OpenAI).ShouldBe(expected);

    [Theory]
    [InlineData("""{"capabilities":{"completion_chat":"true"}}""", true)]
    [InlineData("""{"capabilities":{"completion_chat":null}}""", true)]
    [InlineData("""{"capabilities":{"completion_chat":["true"]}}""", true)]
    [InlineData("""{"capabilities":{"completion_chat":[]}}""", false)]
    [InlineData("""{"capabilities":{"completion_chat":{}}}""", false)]
    [InlineData("""{"capabilities":{"completion_chat":1}}""", false)]
    [InlineData("""{"capabilities":7}""", true)]
    [InlineData("{}", true)]
    public void A_model_is_excluded_only_if_the_list_shows_that_it_does_not_chat(string item, bool chats) =>
        Read($$"""[{{(item == "{}" ? """{"id":"m"}""" : item.Insert(1, "\"id\":\"m\","))}}]""", Form("mistral")).ShouldBe(chats ? "m" : "");

    [Fact]
    public void Every_size_is_bounded()
    {
        var many = "[" + string.Join(",", Enumerable.Range(0, 100_000).Select(i => $$"""{"id":"m{{i}}"}""")) + "]";
        Read(many, ModelListForm.OpenAI, most: 3).ShouldBe("m0 m1 m2");
        var doubles = "[" + string.Join(",", Enumerable.Repeat("""{"id":"m"}""", 100_000)) + """,{"id":"n"}]""";
        Read(doubles, ModelListForm.OpenAI).ShouldBe("m n");
        Read($$"""[{"id":"{{new string('m', 5000)}}"},{"id":"n"}]""", ModelListForm.OpenAI).ShouldBe("n");
        Read($$"""{"data":[{"id":"a"}],"has_more":true,"last_id":"{{new string('m', 5000)}}"}""", Form("anthropic")).ShouldBe("a");
        Read(new string('[', 10_000) + new string(']', 10_000), ModelListForm.OpenAI).ShouldBe(NoList);
        Read($$"""[{"id":"a","x":{{new string('[', 500)}}{{new string(']', 500)}}}]""", ModelListForm.OpenAI).ShouldBe(NoList);
    }

    [Fact]
    public void Any_bytes_are_read_or_refused()
    {
        var random = new Random(20261123);
        var seeds = new[] { """{"data":[{"id":"a-b","context_length":5,"capabilities":{"completion_chat":true}}],"last_id":"x"}""", """[{"id":"\ud800é","type":"chat"}]""" };
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(seeds[i % seeds.Length]);
            for (var change = random.Next(1, 6); change > 0; change--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var reader = new ModelListReader(Form(i % 3 == 0 ? "mistral" : "anthropic"), 10);
            reader.TryRead(bytes.AsMemory(0, random.Next(1, bytes.Length + 1)), out _);
        }
    }

    [Theory]
    [InlineData("openai", null, "https://host/v1/models")]
    [InlineData("anthropic", null, "https://host/v1/v1/models?limit=1000")]
    [InlineData("anthropic", "a b&c", "https://host/v1/v1/models?limit=1000&after_id=a%20b%26c")]
    [InlineData("google", "/../x#", "https://host/v1/v1beta/models?pageSize=1000&pageToken=%2F..%2Fx%23")]
    public void A_page_is_requested_at_the_same_address(string provider, string? page, string expected) =>
        Form(provider).Address("https://host/v1", page).AbsoluteUri.ShouldBe(expected);

    [SkippableTheory]
    [InlineData("cerebras-models-one-basic-b8f399", List, "gemma-4-31b gpt-oss-120b zai-glm-4.7")]
    [InlineData("venice-models-one-basic-762c0e", List, "gemini-3-6-flash:1000000")]
    [InlineData("gemini-models-one-error-9ddef4", NotOne, "")]
    [InlineData("mistral-models-one-error-830aa2", NotOne, "")]
    public void Recorded_lists_are_read(string id, Outcome outcome, string begins)
    {
        WireCorpus.Require();
        var text = Encoding.UTF8.GetString(WireCorpus.Get(id).ResponseBytes());
        var read = Read(text, ModelListForm.OpenAI);
        if (outcome == NotOne) read.ShouldBe(NoList);
        else read.ShouldStartWith(begins);
    }
}
