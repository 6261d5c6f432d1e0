using System.Text;
using Microsoft.Extensions.AI;
using Nano.Testing.Upstream;
using OpenAI.Chat;

namespace Nano.LocalHost.Tests.Sdk;

/// <summary>NuGet OpenAI and Microsoft.Extensions.AI ignore an error event; they detect a failed stream only by its broken connection.</summary>
public sealed class SdkFailureTests(SdkFixture gateway) : IClassFixture<SdkFixture>
{
    private const string Hello =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Hello\"},\"finish_reason\":null}]}\n\n";
    private const string Failure = "data: {\"error\":{\"message\":\"engine died\",\"type\":\"server_error\",\"param\":null,\"code\":500}}\n\n";

    /// <summary>The provider's behaviour after its first event: an error event, the same and an end marker, a proper end without a marker, a cut connection.</summary>
    public static TheoryData<string> Failures => ["error", "error and end marker", "end", "cut"];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task OpenAI_throws_after_the_received_text(string failure)
    {
        var (text, seen) = (new StringBuilder(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        gateway.Script(Script(failure, seen.Task));
        await Should.ThrowAsync<IOException>(async () =>
        {
            await foreach (var update in gateway.Chat("openai/gpt-x").CompleteChatStreamingAsync([new UserChatMessage("Hi")]))
            {
                foreach (var part in update.ContentUpdate) text.Append(part.Text);
                seen.TrySetResult();
            }
        });
        text.ToString().ShouldBe("Hello");
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Extensions_AI_throws_after_the_received_text(string failure)
    {
        var (text, seen) = (new StringBuilder(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        gateway.Script(Script(failure, seen.Task));
        using var client = gateway.Chat("openai/gpt-x").AsIChatClient();
        await Should.ThrowAsync<IOException>(async () =>
        {
            await foreach (var update in client.GetStreamingResponseAsync("Hi"))
            {
                text.Append(update.Text);
                seen.TrySetResult();
            }
        });
        text.ToString().ShouldBe("Hello");
    }

    private static UpstreamScript Script(string failure, Task seen)
    {
        var begun = UpstreamScript.Sse(Hello).WaitFor(seen);
        return failure switch
        {
            "error" => begun.Send(Failure),
            "error and end marker" => begun.Send(Failure + "data: [DONE]\n\n"),
            "cut" => begun.Cut(),
            _ => begun,
        };
    }
}
