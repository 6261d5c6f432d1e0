using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Providers.OpenAICompatible;
using Nano.Tests.Requests;

namespace Nano.Tests.Dialects.OpenAIChat.Requests;

/// <summary>
/// Media of other dialects' conversations, which the model does not take or its provider takes in another form: "unknown variant `file`, expected `text`"
/// (<c>deepseek-chat-one-error-f543ae</c>). An agent repeats its conversation, so one refused part would fail every further request.
/// </summary>
public sealed class ForeignMediaTests
{
    private const string Image = """{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}""",
        Pdf = """{"type":"document","title":"a.pdf","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0="}}""",
        PdfAddress = """{"type":"document","source":{"type":"url","url":"https://example.com/a.pdf"}}""",
        SentImage = """{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}""",
        SentFile = """{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}}""",
        SentDocument = """{"type":"document_url","document_url":"data:application/pdf;base64,JVBERi0=","document_name":"a.pdf"}""",
        Said = """{"type":"text","text":"Read it."}""";

    [Theory]
    // The catalogue knows that the model takes text alone, or does not know the model.
    [InlineData("deepseek", "deepseek-v4-pro", Image, "", "dropped=messages.content.image")]
    [InlineData("groq", "openai/gpt-oss-120b", Image, "", "dropped=messages.content.image")]
    [InlineData("groq", "meta-llama/llama-4-scout-17b-16e-instruct", Image, SentImage, "")]
    [InlineData("groq", "model-of-tomorrow", Image, SentImage, "")]
    [InlineData("groq", "openai/gpt-oss-120b", Pdf, "", "dropped=messages.content.document")]
    [InlineData("groq", "model-of-tomorrow", Pdf, SentFile, "")]
    // A model that sees images reads files, also where the catalogue does not list them (openai-chat-one-pdf-41e518).
    [InlineData("openai", "gpt-5.4-mini", Pdf, SentFile, "")]
    // The provider's own form, or none.
    [InlineData("deepseek", "deepseek-flash", Pdf, "", "dropped=messages.content.document")]
    [InlineData("mistral", "mistral-small-latest", Pdf, SentDocument, "")]
    [InlineData("mistral", "mistral-small-latest", PdfAddress, """{"type":"document_url","document_url":"https://example.com/a.pdf"}""", "")]
    [InlineData("perplexity", "sonar-pro", Pdf, """{"type":"file_url","file_url":{"url":"JVBERi0="}}""", "dropped=messages.content.filename")]
    [InlineData("perplexity", "sonar-pro", PdfAddress, """{"type":"file_url","file_url":{"url":"https://example.com/a.pdf"}}""", "")]
    [InlineData("openrouter", "deepseek/deepseek-v4-pro", Pdf, SentFile, "")]
    public void A_users_media_have_the_form_that_the_target_takes(string provider, string model, string part, string sent, string losses)
    {
        var (body, lost) = Write(provider, model, $$"""{"role":"user","content":[{{Said}},{{part}}]}""");
        body.ShouldContain($$"""{"role":"user","content":[{{Said}}{{(sent.Length > 0 ? "," : "")}}{{sent}}]}""");
        lost.ShouldBe(losses);
    }

    [Theory]
    [InlineData("deepseek", "deepseek-v4-pro", Image, "[image omitted]", "", "dropped=messages.content.image; emulated=messages.tool_result.media")]
    [InlineData("deepseek", "deepseek-flash", Pdf, "[document omitted]", "", "dropped=messages.content.document; emulated=messages.tool_result.media")]
    [InlineData("mistral", "mistral-small-latest", Pdf, "", SentDocument, "emulated=messages.tool_result.media")]
    [InlineData("mistral", "codestral-latest", Image, "[image omitted]", "", "dropped=messages.content.image; emulated=messages.tool_result.media")]
    public void A_results_media_are_sent_or_replaced_by_a_text(string provider, string model, string part, string said, string sent, string losses)
    {
        var (body, lost) = Write(provider, model,
            $$$"""
            {"role":"user","content":"q"},{"role":"assistant","content":[{"type":"tool_use","id":"abcdefgh1","name":"Read","input":{}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"abcdefgh1","content":[{{{part}}}]}]}
            """);
        body.ShouldContain($$"""{"role":"tool","tool_call_id":"abcdefgh1","content":"{{said}}"}""");
        if (sent.Length > 0) body.ShouldContain($$"""{"role":"user","content":[{{sent}}]}""");
        else body.ShouldNotContain("base64");
        lost.ShouldBe(losses);
    }

    [Fact]
    public void A_users_message_with_nothing_that_the_model_takes_is_refused() =>
        Should.Throw<DialectException>(() => Write("deepseek", "deepseek-v4-pro", $$"""{"role":"user","content":[{{Image}}]}""")).Error.Code.ShouldBe("unsupported_content");

    [Fact]
    public void A_Chat_callers_own_media_stay()
    {
        const string turns = $$"""{"role":"user","content":[{{Said}},{{SentImage}},{{SentFile}}]}""";
        var (body, lost) = Write("deepseek", "deepseek-v4-pro", turns, from: "openai-chat");
        body.ShouldContain(turns);
        lost.ShouldBe("");
    }

    private static (string Body, string Losses) Write(string provider, string model, string turns, string from = "anthropic-messages")
    {
        var source = Conversion.Dialect(from);
        var request = source.ReadRequest(Encoding.UTF8.GetBytes($$"""{"model":"m","max_tokens":9,"messages":[{{turns}}]}"""));
        var losses = new LossReport();
        if (from != "openai-chat") source.Generalize(request, VendorRequests.TraitsOf(provider, model), losses);
        using var output = new JsonOutput();
        var quirks = CompatibleProviders.All.First(vendor => vendor.Id == provider).Quirks!;
        new OpenAIChatDialect(quirks).WriteRequest(request, new RequestTarget { Model = model, Traits = VendorRequests.TraitsOf(provider, model) }, output, losses);
        return (Encoding.UTF8.GetString(output.WrittenSpan), losses.ToString());
    }
}
