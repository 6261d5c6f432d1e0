using Microsoft.Playwright;
using Nano.Panel.Tests.Browser;
using Nano.Testing.Upstream;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

/// <summary>Responses in the playground that are stopped, refused or cut.</summary>
[Collection(SecondBrowserCollection.Name)]
public sealed class PlaygroundFailureTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    private const string Model = "openai/gpt-6-luna";

    [SkippableFact]
    public async Task Stop_ends_the_response_and_the_request_behind_it()
    {
        await using var panel = await EnterAsync();
        gateway.Script(UpstreamScript.Sse(Chunks.Text("It goes on ")).Silence());
        await panel.SendAsync("Hello");
        await Expect(panel.Answers).ToContainTextAsync("It goes on");
        await panel.Button("Stop").ClickAsync();
        await Expect(panel.Answers).ToContainTextAsync("Stopped.");
        await Expect(panel.Answers).ToContainTextAsync("It goes on");
        await Expect(panel.Button("Send")).ToBeVisibleAsync();
        await gateway.Upstream.Request.ClientLeft.WaitAsync(TimeSpan.FromMinutes(2));
    }

    /// <summary>A stopped call may be cut, and gets no result: the conversation goes on with the text alone.</summary>
    [SkippableTheory]
    [InlineData("chat")]
    [InlineData("messages")]
    public async Task A_tool_call_that_was_stopped_does_not_wait_for_its_result(string api)
    {
        await using var panel = await EnterAsync();
        await panel.Page.GetByLabel("API", new() { Exact = true }).SelectOptionAsync(api);
        gateway.Script(UpstreamScript.Sse(Chunks.Text("I will look. "), Chunks.ToolCall(0, "call_a", "get_weather", ""), Chunks.ToolCall(0, null, null, "{\"ci")).Silence());
        await panel.SendAsync("Weather?");
        await Expect(panel.Page.Locator(".call-name")).ToHaveTextAsync("get_weather");
        await panel.Button("Stop").ClickAsync();
        await Expect(panel.Answers).ToContainTextAsync("Stopped.");
        gateway.Script(Chunks.Answer("As you like."));
        await panel.AskAsync("Never mind.");
        await Expect(panel.Answers.Last).ToContainTextAsync("As you like.");
        var messages = gateway.Upstream.Request.BodyJson.GetProperty("messages").EnumerateArray().ToList();
        messages.Select(message => message.GetProperty("role").GetString()).ShouldBe(["user", "assistant", "user"]);
        messages[1].GetRawText().ShouldContain("I will look. ");
        gateway.Upstream.Request.BodyJson.GetRawText().ShouldNotContain("get_weather");
    }

    [SkippableFact]
    public async Task An_error_of_the_provider_is_shown_with_its_status_and_request_id()
    {
        await using var panel = await EnterAsync();
        gateway.Script(UpstreamScript.Json("""{"error":{"message":"You are out of credit.","type":"insufficient_quota","code":"insufficient_quota"}}""", 429));
        await panel.AskAsync("Hello");
        await Expect(panel.Answers.GetByRole(AriaRole.Alert)).ToContainTextAsync("You are out of credit.");
        await Expect(panel.Answers.GetByRole(AriaRole.Alert)).ToContainTextAsync("HTTP 429 · insufficient_quota · request ");
    }

    [SkippableFact]
    public async Task A_stream_that_breaks_off_keeps_the_received_text_and_shows_an_error()
    {
        await using var panel = await EnterAsync();
        gateway.Script(UpstreamScript.Sse(Chunks.Text("Half an ")).Cut());
        await panel.AskAsync("Hello");
        await Expect(panel.Answers).ToContainTextAsync("Half an");
        await Expect(panel.Answers.GetByRole(AriaRole.Alert)).ToContainTextAsync("provider_stream_broken");
    }

    [SkippableFact]
    public async Task A_lost_network_in_mid_stream_is_reported()
    {
        await using var network = new Relay(gateway.Client.BaseAddress!);
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, address: network.Address);
        await panel.ChooseAsync(Model);
        gateway.Script(UpstreamScript.Sse(Chunks.Text("Half an ")).Silence());
        await panel.SendAsync("Hello");
        await Expect(panel.Answers).ToContainTextAsync("Half an");
        network.Cut();
        await Expect(panel.Answers.GetByRole(AriaRole.Alert)).ToContainTextAsync("The connection was lost before the response was complete.");
        await panel.SendAsync("Again");
        await Expect(panel.Answers.Last).ToContainTextAsync("The gateway cannot be reached.");
        network.Mend();
        gateway.Script(Chunks.Answer("Here again."));
        await panel.Button("Ask again").Last.ClickAsync();
        await Expect(panel.Answers.Last).ToContainTextAsync("Here again.");
    }

    [SkippableFact]
    public async Task A_mistake_in_the_settings_keeps_the_responses_that_would_be_asked_for_again()
    {
        await using var panel = await EnterAsync();
        foreach (var answer in new[] { "The first.", "The second." })
        {
            gateway.Script(Chunks.Answer(answer));
            await panel.AskAsync("Hello");
        }
        await panel.Page.GetByLabel("Temperature").FillAsync("9");
        await panel.Button("Ask again").First.ClickAsync();
        await Expect(panel.Page.GetByText("The settings contain a mistake.")).ToBeVisibleAsync();
        await Expect(panel.Answers).ToHaveCountAsync(2);
        await Expect(panel.Answers.First).ToContainTextAsync("The first.");

        await panel.Page.GetByLabel("Temperature").FillAsync("");
        gateway.Script(Chunks.Answer("The first, again."));
        await panel.Button("Ask again").First.ClickAsync();
        await Expect(panel.Answers).ToHaveCountAsync(1);
        await Expect(panel.Answers).ToContainTextAsync("The first, again.");
    }

    [SkippableFact]
    public async Task A_mistake_in_the_settings_keeps_the_result_of_a_tool_to_be_sent()
    {
        await using var panel = await EnterAsync();
        gateway.Script(UpstreamScript.Sse(Chunks.ToolCall(0, "call_a", "get_weather", "{}"), Chunks.Finish("tool_calls"), Chunks.Usage(5, 6), Chunks.Done));
        await panel.AskAsync("Weather?");
        await panel.Page.GetByLabel("Result of get_weather").FillAsync("rain");
        await panel.Page.GetByLabel("Temperature").FillAsync("9");
        await panel.Button("Send the result").ClickAsync();
        await Expect(panel.Page.GetByText("The settings contain a mistake.")).ToBeVisibleAsync();
        await Expect(panel.Page.GetByLabel("Result of get_weather")).ToBeEditableAsync();

        await panel.Page.GetByLabel("Temperature").FillAsync("");
        gateway.Script(Chunks.Answer("Wet."));
        await panel.Button("Send the result").ClickAsync();
        await Expect(panel.Answers.Last).ToContainTextAsync("Wet.");
        gateway.Upstream.Request.BodyJson.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("role").GetString())
            .ShouldBe(["user", "assistant", "tool"]);
    }

    private async Task<PanelPage> EnterAsync(string model = Model)
    {
        var panel = await PanelPage.EnterAsync(chromium, gateway);
        await panel.ChooseAsync(model);
        return panel;
    }
}
