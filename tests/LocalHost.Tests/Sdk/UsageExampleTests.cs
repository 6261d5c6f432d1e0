using System.ClientModel;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Nano.Configuration;
using Nano.Testing;
using OpenAI;
using OpenAI.Chat;

namespace Nano.LocalHost.Tests.Sdk;

/// <summary>
/// The C# examples of USAGE_EXAMPLE.md and docs/examples.md: the code between <c>#region</c> and <c>#endregion</c> equals the document's block, and
/// prints the documented output.
/// </summary>
public partial class UsageExampleTests(LaptopFixture gateway) : IClassFixture<LaptopFixture>
{
    private static readonly List<(string Code, string Output)> Documented = ReadDocuments();

    // The examples print to it; the rest is their setup.
    private readonly StringWriter Console = new() { NewLine = "\n" };
    private readonly ChatClient chat = gateway.Chat(key: GatewayOptions.LaptopApiKey);
    private readonly OpenAIClientOptions options = gateway.Options();

    [Fact]
    public void The_documents_have_these_examples() => Documented.Select(example => example.Code).ShouldBe(Regions(), ignoreOrder: true);

    [Fact]
    public async Task A_chat()
    {
        #region example
        ChatCompletion completion = await chat.CompleteChatAsync(new UserChatMessage("Hello"));
        Console.WriteLine(completion.Content[0].Text);
        #endregion
        PrintsTheDocumentedOutput();
    }

    [Fact]
    public async Task A_stream()
    {
        #region example
        await foreach (var update in chat.CompleteChatStreamingAsync(new UserChatMessage("Hello")))
        {
            foreach (var part in update.ContentUpdate) Console.Write(part.Text);
            if (update.Usage is { } usage) Console.WriteLine($"\n{usage.TotalTokenCount} tokens");
        }
        #endregion
        PrintsTheDocumentedOutput();
    }

    [Fact]
    public async Task Tools()
    {
        #region example
        var tool = ChatTool.CreateFunctionTool("get_weather", "The weather of a city.", BinaryData.FromString(
            """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"""));
        var withTools = new ChatCompletionOptions { Tools = { tool } };
        List<ChatMessage> messages = [new UserChatMessage("What is the weather?")];
        ChatCompletion completion = await chat.CompleteChatAsync(messages, withTools);
        while (completion.FinishReason == ChatFinishReason.ToolCalls)
        {
            messages.Add(new AssistantChatMessage(completion));
            foreach (var call in completion.ToolCalls)
            {
                using var arguments = JsonDocument.Parse(call.FunctionArguments);
                messages.Add(new ToolChatMessage(call.Id, $"Rain in {arguments.RootElement.GetProperty("city")}"));
            }
            completion = await chat.CompleteChatAsync(messages, withTools);
        }
        Console.WriteLine(completion.Content[0].Text);
        #endregion
        PrintsTheDocumentedOutput();
    }

    [Fact]
    public async Task An_image()
    {
        #region example
        var image = BinaryData.FromBytes(Convert.FromBase64String("R0lGODlhAQABAAAAACwAAAAAAQABAAA=")); // or of File.ReadAllBytes
        ChatCompletion completion = await chat.CompleteChatAsync(new UserChatMessage(
            ChatMessageContentPart.CreateTextPart("What is this?"),
            ChatMessageContentPart.CreateImagePart(image, "image/gif")));
        Console.WriteLine(completion.Content[0].Text);
        #endregion
        PrintsTheDocumentedOutput();
    }

    [Fact]
    public async Task Structured_output()
    {
        #region example
        var schema = BinaryData.FromString("""
            {"type":"object","properties":{"city":{"type":"string"},"celsius":{"type":"integer"}},
             "required":["city","celsius"],"additionalProperties":false}
            """);
        ChatCompletion completion = await chat.CompleteChatAsync([new UserChatMessage("What is the weather?")], new ChatCompletionOptions
        {
            ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("weather", schema, jsonSchemaIsStrict: true),
        });
        using var weather = JsonDocument.Parse(completion.Content[0].Text);
        Console.WriteLine(weather.RootElement.GetProperty("celsius"));
        #endregion
        PrintsTheDocumentedOutput();
    }

    [Fact]
    public async Task Errors()
    {
        #region example
        try
        {
            await new ChatClient("no-such-model", new ApiKeyCredential("Nano"), options).CompleteChatAsync(new UserChatMessage("Hello"));
        }
        catch (ClientResultException error)
        {
            Console.WriteLine(error.Status);
        }
        #endregion
        PrintsTheDocumentedOutput();
    }

    private void PrintsTheDocumentedOutput([CallerMemberName] string name = "")
    {
        var code = RegionOf(name);
        var example = Documented.FirstOrDefault(documented => documented.Code == code);
        example.Code.ShouldNotBeNull($"Neither USAGE_EXAMPLE.md nor docs/examples.md has this code:\n{code}");
        Console.ToString().TrimEnd().ShouldBe(example.Output.TrimEnd());
    }

    private static List<(string Code, string Output)> ReadDocuments() =>
        [.. new[] { "USAGE_EXAMPLE.md", "docs/examples.md" }.SelectMany(file => Example().Matches(File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, file))))
        .Select(match => (match.Groups[1].Value, match.Groups[2].Value))];

    private static string RegionOf(string method) =>
        Region().Match(Source(), Source().IndexOf($" {method}()", StringComparison.Ordinal)).Groups[1].Value.ReplaceLineEndings("\n") is { Length: > 0 } code
        ? Dedented(code) : throw new InvalidOperationException($"{method} has no region.");

    private static List<string> Regions() => [.. Region().Matches(Source()).Select(match => Dedented(match.Groups[1].Value))];

    private static string Dedented(string code) => Indent().Replace(code, "");

    private static string Source([CallerFilePath] string path = "") =>
        File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, "tests", "LocalHost.Tests", "Sdk", Path.GetFileName(path)));

    [GeneratedRegex("^```csharp\\n([^`]*?)^```\\n```text\\n([^`]*?)^```$", RegexOptions.Multiline)]
    private static partial Regex Example();

    [GeneratedRegex("^ *#region example\\r?\\n(.*?)^ *#endregion", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Region();

    [GeneratedRegex("^ {8}", RegexOptions.Multiline)]
    private static partial Regex Indent();
}
