using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.OpenAIChat;
using Nano.Errors;
using Nano.Json;
using Nano.Testing;

namespace Nano.Tests.Dialects.AnthropicMessages;

/// <summary>A Chat request, written for Claude: the resulting request and the loss report.</summary>
internal static class FromChat
{
    public static readonly ModelTraits Budget = new() { MaxOutputTokens = 64000, SamplingParameters = true, JsonSchema = true, Reasons = true, MinThinkingBudget = 1024 };

    public static readonly ModelTraits Adaptive = new()
    {
        MaxOutputTokens = 128000, SamplingParameters = false, JsonSchema = true, Reasons = true, ThinkingByLevel = true,
        Efforts = ["low", "medium", "high", "xhigh", "max"], MidConversationSystem = true, Prefill = false,
    };

    public static readonly ModelTraits AlwaysOn = Adaptive with { ThinkingAlwaysOn = true, ForcedToolChoice = false };

    public static readonly ModelTraits Plain = new() { MaxOutputTokens = 4096, SamplingParameters = true, JsonSchema = false, Reasons = false };

    public static ModelTraits? Model(string name) => name switch
    {
        "budget" => Budget,
        "adaptive" => Adaptive,
        "always on" => AlwaysOn,
        "plain" => Plain,
        _ => null,
    };

    public static (string? Body, string Losses, GatewayError? Error) Write(string chat, ModelTraits? traits = null)
    {
        var (request, refusal) = new OpenAIChatDialect().TryReadRequest(Encoding.UTF8.GetBytes(chat));
        request.ShouldNotBeNull($"{refusal?.Message}: {chat}");
        using var output = new JsonOutput();
        var losses = new LossReport();
        var error = new AnthropicMessagesDialect().TryWriteRequest(request, new RequestTarget { Model = "claude", Traits = traits }, output, losses);
        return (error is null ? Encoding.UTF8.GetString(output.WrittenSpan) : null, losses.ToString(), error);
    }

    /// <summary>Writes <c>{"model":"m", members}</c> and compares with <c>{"model":"claude", expected}</c> and the loss report.</summary>
    public static void Becomes(string members, string expected, string losses, ModelTraits? traits = null)
    {
        var (body, report, error) = Write($$"""{"model":"m",{{members}}}""", traits);
        error.ShouldBeNull($"{error?.Message}: {members}");
        JsonDifference.First(Encoding.UTF8.GetBytes($$"""{"model":"claude",{{expected}}}"""), Encoding.UTF8.GetBytes(body!)).ShouldBeNull($"{members}\n{body}");
        report.ShouldBe(losses, members);
    }
}
