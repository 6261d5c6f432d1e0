using System.ClientModel;
using Microsoft.Extensions.AI;
using Nano.LocalHost.Tests.Hosting;
using OpenAI.Chat;

namespace Nano.LocalHost.Tests.Sdk;

/// <summary>NuGet Microsoft.Extensions.AI over the official SDK's Chat client.</summary>
public class SdkExtensionsAITests(SdkFixture gateway) : IClassFixture<SdkFixture>
{
    /// <summary>In both forms, whichever was stored.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cached_response(bool stored)
    {
        using var cache = new CacheHandler();
        using var client = new ChatClient("nano/echo", new ApiKeyCredential(GatewayFixture.CallerKey), gateway.Options(cache)).AsIChatClient();
        var content = "Hello " + Guid.NewGuid();
        foreach (var stream in (bool[])[stored, false, true])
        {
            var answer = stream ? await client.GetStreamingResponseAsync(content).ToChatResponseAsync() : await client.GetResponseAsync(content);
            answer.Text.ShouldBe("Nano is working. You said: " + content);
            answer.Usage!.OutputTokenCount!.Value.ShouldBePositive();
        }
        cache.Seen.ShouldBe(["miss", "hit", "hit"]);
    }
}
