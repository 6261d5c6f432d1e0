using System.Text;
using System.Text.Json;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>A request to reason that does not say how much, at models that reason by default and at models that reason only on request.</summary>
public sealed class BareReasoningTests
{
    private const string ChatTool = ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}]";

    /// <summary>The caller's API, the model, the caller's members, the members of the provider's request that control reasoning, and the losses.</summary>
    [Theory]
    [InlineData("messages", "openai/gpt-5.4", "\"thinking\":{\"type\":\"adaptive\"}", "reasoning_effort=\"medium\"", "emulated=thinking")]
    [InlineData("messages", "openai/gpt-5.4", "\"thinking\":{\"type\":\"adaptive\"},\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}]", "effort=\"medium\"",
        "emulated=thinking")]
    [InlineData("gemini", "openai/gpt-5.4", "\"generationConfig\":{\"thinkingConfig\":{\"thinkingBudget\":-1}}", "reasoning_effort=\"medium\"",
        "emulated=generationConfig.thinkingConfig")]
    [InlineData("chat", "openai/gpt-5.4", "\"reasoning\":{\"enabled\":true}", "reasoning_effort=\"medium\"", "emulated=reasoning")]
    [InlineData("chat", "openai/gpt-5.4", "\"thinking\":{\"type\":\"enabled\"}" + ChatTool, "effort=\"medium\"", "emulated=thinking")]
    [InlineData("messages", "deepseek/deepseek-chat", "\"thinking\":{\"type\":\"adaptive\"}", "thinking={\"type\":\"enabled\"}", "")]
    [InlineData("gemini", "deepseek/deepseek-chat", "\"generationConfig\":{\"thinkingConfig\":{\"thinkingBudget\":-1}}", "thinking={\"type\":\"enabled\"}", "")]
    [InlineData("messages", "dashscope/qwen3-max", "\"thinking\":{\"type\":\"adaptive\"}", "enable_thinking=true", "")]
    // They reason anyway.
    [InlineData("messages", "openai/gpt-6.2-sol", "\"thinking\":{\"type\":\"adaptive\"}", "", "")]
    [InlineData("gemini", "openai/gpt-6.2-sol", "\"generationConfig\":{\"thinkingConfig\":{\"thinkingBudget\":-1}}", "", "")]
    // A member of Chat that is left out is reported in any case.
    [InlineData("chat", "openai/gpt-6.2-sol", "\"reasoning\":{\"enabled\":true}", "", "dropped=reasoning")]
    // Nothing is known about it.
    [InlineData("messages", "openai/of-tomorrow", "\"thinking\":{\"type\":\"adaptive\"}", "", "")]
    // A setting for whether reasoning is shown does not ask for it.
    [InlineData("gemini", "openai/gpt-5.4", "\"generationConfig\":{\"thinkingConfig\":{\"includeThoughts\":true}}", "", "")]
    // It cannot reason.
    [InlineData("messages", "openai/gpt-4o", "\"thinking\":{\"type\":\"adaptive\"}", "", "dropped=thinking")]
    public async Task Reasoning_without_an_effort_is_switched_on_or_reported(string caller, string model, string members, string expected, string losses)
    {
        var sent = await WriteAsync(caller, model, members);
        string.Join(' ', Settings(sent.Body)).ShouldBe(expected, sent.Body.GetRawText());
        sent.Losses.ToString().ShouldBe(losses);
    }

    /// <summary>Chat's tools send the request to Responses. Such a model refuses sampling parameters only while it reasons.</summary>
    [Theory]
    [InlineData("", "0.2", "")]
    [InlineData(",\"reasoning_effort\":\"none\"", "0.2", "")]
    [InlineData(",\"reasoning_effort\":\"low\"", null, "dropped=temperature")]
    [InlineData(",\"reasoning\":{\"enabled\":true}", null, "dropped=temperature; emulated=thinking")]
    public void A_model_that_does_not_reason_takes_a_temperature(string reasoning, string? expected, string losses)
    {
        var body = $"{{\"model\":\"m\",\"messages\":[{{\"role\":\"user\",\"content\":\"q\"}}],\"temperature\":0.2{ChatTool}{reasoning}}}";
        var made = Conversion.Run("openai-chat", Encoding.UTF8.GetBytes(body), new Target("openai-responses", "gpt-5.4"));
        (made.Body.Member("temperature")?.GetRawText()).ShouldBe(expected, made.Body.GetRawText());
        made.Losses.ToString().ShouldBe(losses);
    }

    private static async Task<Sent> WriteAsync(string caller, string model, string members)
    {
        var turns = caller == "gemini" ? "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"q\"}]}]" : "\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]";
        var body = Encoding.UTF8.GetBytes($"{{{turns}{(caller == "messages" ? ",\"max_tokens\":9000" : "")},{members}}}");
        var sent = await (caller switch
        {
            "gemini" => UpstreamForm.WriteGeminiAsync(model, body),
            "messages" => UpstreamForm.WriteMessagesAsync(model, body),
            _ => UpstreamForm.WriteAsync(model, body),
        });
        sent.Error.ShouldBeNull(members);
        return sent;
    }

    private static IEnumerable<string> Settings(JsonElement body)
    {
        if ((body.Member("reasoning") ?? default).Text("effort") is { } effort) yield return $"effort=\"{effort}\"";
        foreach (var name in (string[])["reasoning_effort", "thinking", "enable_thinking"])
            if (body.Member(name) is { } value) yield return $"{name}={value.GetRawText()}";
    }
}
