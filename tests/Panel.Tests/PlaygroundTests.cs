using System.Text.Json;
using Microsoft.Playwright;
using Nano.Panel.Tests.Browser;
using Nano.Testing.Upstream;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

[Collection(SecondBrowserCollection.Name)]
public sealed class PlaygroundTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    private const string Model = "openai/gpt-6-luna";
    /// <summary>A model that also accepts tools on Chat: for the newest ones of OpenAI, such requests are sent to Responses.</summary>
    private const string ToolModel = "openai/gpt-4o";

    private const string Pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

    [SkippableFact]
    public async Task A_response_streams_with_its_reasoning_apart_and_its_measures()
    {
        var goOn = new TaskCompletionSource();
        await using var panel = await EnterAsync();
        gateway.Script(UpstreamScript.Sse(Chunks.Reasoning("First I **think**."), Chunks.Text("# Title\n\nSome ")).WaitFor(goOn.Task)
            .Send(Chunks.Text("**bold** words.") + Chunks.Finish("stop") + Chunks.Usage(1200, 300, cached: 200, reasoning: 50) + Chunks.Done));
        await panel.SendAsync("Hello");

        // The received part is visible before the response is complete.
        await Expect(panel.Answers.Locator("h4")).ToHaveTextAsync("Title");
        await Expect(panel.Answers).ToHaveAttributeAsync("aria-busy", "true");
        goOn.SetResult();
        await Expect(panel.Measures).ToBeVisibleAsync();
        await Expect(panel.Answers.Locator(".prose strong").Last).ToHaveTextAsync("bold");
        await Expect(panel.Answers).Not.ToHaveAttributeAsync("aria-busy", "true");
        await Expect(panel.Page.Locator(".thought .prose")).ToBeHiddenAsync();
        await panel.Page.Locator(".thought summary").ClickAsync();
        await Expect(panel.Page.Locator(".thought .prose")).ToHaveTextAsync("First I think.");
        await Expect(panel.Measures).ToContainTextAsync("In1,200 (200 cached)");
        await Expect(panel.Measures).ToContainTextAsync("Out300 (50 reasoning)");
        // 1,000 at $0.10, 200 at $0.01 and 300 at $0.50 per million.
        await Expect(panel.Measures).ToContainTextAsync("Cost$0.00025");
        await Expect(panel.Measures).ToContainTextAsync("First token");

        var sent = gateway.Upstream.Request.BodyJson;
        sent.GetProperty("stream").GetBoolean().ShouldBeTrue();
        sent.GetProperty("messages").GetRawText().ShouldBe("""[{"role":"user","content":"Hello"}]""");
        sent.EnumerateObject().Select(member => member.Name).ShouldBe(["model", "messages", "stream", "stream_options"], ignoreOrder: true);
    }

    [SkippableFact]
    public async Task The_next_turn_contains_the_earlier_ones()
    {
        await using var panel = await EnterAsync();
        gateway.Script(Chunks.Answer("One."));
        await panel.AskAsync("first");
        gateway.Script(Chunks.Answer("Two."));
        await panel.AskAsync("second");
        gateway.Upstream.Request.BodyJson.GetProperty("messages").GetRawText()
            .ShouldBe("""[{"role":"user","content":"first"},{"role":"assistant","content":"One."},{"role":"user","content":"second"}]""");

        // Asked again, without the response that it replaces.
        gateway.Script(Chunks.Answer("Three."));
        await panel.Button("Ask again").Last.ClickAsync();
        await Expect(panel.Answers.Last).ToContainTextAsync("Three.");
        gateway.Upstream.Request.BodyJson.GetProperty("messages").GetArrayLength().ShouldBe(3);

        gateway.Script(Chunks.Answer("Four."));
        await panel.Button("New conversation").ClickAsync();
        await panel.AskAsync("anew");
        gateway.Upstream.Request.BodyJson.GetProperty("messages").GetRawText().ShouldBe("""[{"role":"user","content":"anew"}]""");
    }

    [SkippableFact]
    public async Task Every_setting_is_sent()
    {
        // A model without known restrictions: OpenAI's reasoning models refuse some of these settings.
        await using var panel = await EnterAsync("openai/any-model");
        await panel.Page.GetByLabel("System prompt").FillAsync("Be brief.");
        await panel.Page.GetByLabel("Temperature").FillAsync("0.5");
        await panel.Page.GetByLabel("Top p").FillAsync("0.9");
        await panel.Page.GetByLabel("Max tokens").FillAsync("100");
        await panel.Page.GetByLabel("Seed").FillAsync("7");
        await panel.Page.GetByLabel("Reasoning effort").SelectOptionAsync("low");
        await panel.Page.GetByLabel("Stop sequences").FillAsync("END\n\\n\\n");
        await panel.OpenGroupAsync("Response format");
        await panel.Page.GetByLabel("Format").SelectOptionAsync("JSON by a schema");
        await panel.Page.GetByLabel("Schema", new() { Exact = true }).FillAsync("""{"type":"object"}""");
        await panel.OpenGroupAsync("More");
        await panel.Page.GetByLabel("Other members, as JSON").FillAsync("""{"top_logprobs":2}""");
        gateway.Script(Chunks.Answer("{}"));
        await panel.AskAsync("Hello");

        var sent = gateway.Upstream.Request.BodyJson;
        sent.GetProperty("messages")[0].GetRawText().ShouldBe("""{"role":"system","content":"Be brief."}""");
        sent.GetProperty("temperature").GetDouble().ShouldBe(0.5);
        sent.GetProperty("top_p").GetDouble().ShouldBe(0.9);
        sent.GetProperty("max_completion_tokens").GetInt32().ShouldBe(100);
        sent.GetProperty("seed").GetInt32().ShouldBe(7);
        sent.GetProperty("reasoning_effort").GetString().ShouldBe("low");
        sent.GetProperty("stop").GetRawText().ShouldBe("""["END","\n\n"]""");
        sent.GetProperty("response_format").GetRawText().ShouldBe("""{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"type":"object"}}}""");
        sent.GetProperty("top_logprobs").GetInt32().ShouldBe(2);
    }

    [SkippableFact]
    public async Task A_mistake_in_the_settings_is_shown_at_its_field_and_nothing_is_sent()
    {
        await using var panel = await EnterAsync();
        gateway.Upstream.Clear();
        await panel.OpenGroupAsync("Tools");
        await panel.Page.GetByLabel("Tools as JSON").FillAsync("[{");
        await panel.OpenGroupAsync("Tools");
        await panel.SendAsync("Hello");
        await Expect(panel.Page.Locator(".field-error:visible")).ToContainTextAsync("Not JSON");
        await Expect(panel.Page.GetByLabel("Tools as JSON")).ToBeFocusedAsync();
        await Expect(panel.Message).ToHaveValueAsync("Hello");
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task A_tool_call_takes_the_result_that_is_typed()
    {
        await using var panel = await EnterAsync(ToolModel);
        await panel.OpenGroupAsync("Tools");
        await panel.Button("Insert an example").First.ClickAsync();
        gateway.Script(UpstreamScript.Sse(
            Chunks.ToolCall(0, "call_a", "get_weather", ""), Chunks.ToolCall(0, null, null, "{\"city\":"), Chunks.ToolCall(0, null, null, "\"Bergen\"}"),
            Chunks.ToolCall(1, "call_b", "get_weather", "{\"city\":\"Oslo\"}"), Chunks.Finish("tool_calls"), Chunks.Usage(5, 6), Chunks.Done));
        await panel.SendAsync("Weather?");
        await Expect(panel.Page.Locator(".call-name")).ToHaveTextAsync(["get_weather", "get_weather"]);
        await Expect(panel.Page.Locator(".call-arguments").First).ToHaveTextAsync("{ \"city\": \"Bergen\" }");

        // It accepts nothing else before the results.
        await panel.SendAsync("And tomorrow?");
        await Expect(panel.Page.GetByLabel("Result of get_weather").First).ToBeFocusedAsync();
        await panel.Page.GetByLabel("Result of get_weather").First.FillAsync("""{"t":1}""");
        await panel.Page.GetByLabel("Result of get_weather").Last.FillAsync("rain");
        gateway.Script(Chunks.Answer("Cold and wet."));
        await panel.Button("Send the results").ClickAsync();
        await Expect(panel.Answers.Last).ToContainTextAsync("Cold and wet.");

        var messages = gateway.Upstream.Request.BodyJson.GetProperty("messages");
        messages.EnumerateArray().Select(message => message.GetProperty("role").GetString()).ShouldBe(["user", "assistant", "tool", "tool"]);
        messages[1].GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString().ShouldBe("{\"city\":\"Bergen\"}");
        messages[2].GetRawText().ShouldBe("""{"role":"tool","tool_call_id":"call_a","content":"{\"t\":1}"}""");
        messages[3].GetRawText().ShouldBe("""{"role":"tool","tool_call_id":"call_b","content":"rain"}""");
        gateway.Upstream.Request.BodyJson.GetProperty("tools")[0].GetProperty("function").GetProperty("name").GetString().ShouldBe("get_weather");
    }

    [SkippableFact]
    public async Task The_cost_comes_from_the_record_with_tiers_and_cache()
    {
        await using var panel = await EnterAsync();
        gateway.Script(UpstreamScript.Sse(Chunks.Text("Hi."), Chunks.Finish("stop"), Chunks.Usage(300_000, 1000, cached: 100_000), Chunks.Done));
        await panel.AskAsync("Hello");
        // Above 272,000 tokens: 200,000 at $0.20, 100,000 at $0.02 and 1,000 at $0.75 per million.
        await Expect(panel.Page.Locator(".cost")).ToHaveTextAsync("$0.0428");

        await panel.ShowAsync("Activity");
        await Expect(panel.Page.Locator("tr[data-seq]").First).ToContainTextAsync("$0.0428");
        var records = (await gateway.OwnerJsonAsync("/api/activity")).GetProperty("records");
        records[records.GetArrayLength() - 1].GetProperty("cost_usd").GetDecimal().ShouldBe(0.04275m);
    }

    [SkippableFact]
    public async Task A_cost_without_a_record_is_estimated_from_base_prices_and_an_unknown_one_is_not_shown()
    {
        await using var panel = await EnterAsync();
        await panel.Page.RouteAsync("**/api/activity?request_id=*", route => route.FulfillAsync(new() { Json = new { instance = "another", record = (object?)null } }));
        gateway.Script(UpstreamScript.Sse(Chunks.Text("Hi."), Chunks.Finish("stop"), Chunks.Usage(1_000_000, 0), Chunks.Done));
        await panel.AskAsync("Hello");
        await Expect(panel.Page.Locator(".cost")).ToHaveTextAsync("about $0.1000");
        await panel.Page.UnrouteAllAsync();

        await panel.ChooseAsync("openai/unheard-of");
        gateway.Script(Chunks.AnswerOf("unheard-of", "Hi."));
        await panel.AskAsync("Hello");
        await Expect(panel.Page.Locator(".cost").Last).ToHaveTextAsync("–");
    }

    [SkippableFact]
    public async Task Losses_are_shown_and_refused_on_request()
    {
        await using var panel = await EnterAsync("google/gemini-2.5-pro");
        await panel.OpenGroupAsync("More");
        await panel.Page.GetByLabel("Other members, as JSON").FillAsync("""{"logit_bias":{"1":1}}""");
        gateway.Google.Answer(UpstreamScript.Sse(
            """data: {"candidates":[{"content":{"parts":[{"text":"Hi."}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}""" + "\n\n"));
        await panel.AskAsync("Hello");
        await Expect(panel.Answers.Last).ToContainTextAsync("Dropped: logit_bias");

        await panel.Page.GetByLabel("Refuse requests that would lose something").CheckAsync();
        await panel.AskAsync("Hello");
        await Expect(panel.Answers.Last).ToContainTextAsync("lossy_conversion");
    }

    [SkippableFact]
    public async Task Two_models_respond_to_one_prompt_side_by_side()
    {
        await using var panel = await EnterAsync("nano/echo");
        await panel.Button("Compare").ClickAsync();
        var second = panel.Page.GetByRole(AriaRole.Combobox, new() { Name = "Second model" });
        await second.FillAsync(Model);
        await second.PressAsync("Enter");
        gateway.Script(Chunks.Answer("From upstream."));
        await panel.SendAsync("Both of you");
        await Expect(panel.Measures).ToHaveCountAsync(2);
        await Expect(panel.Page.Locator(".pane").First).ToContainTextAsync("Both of you");
        await Expect(panel.Page.Locator(".pane").Last.Locator(".assistant")).ToContainTextAsync("From upstream.");
        await panel.Button("Compare").ClickAsync();
        await Expect(panel.Page.Locator(".pane")).ToHaveCountAsync(1);
    }

    [SkippableFact]
    public async Task The_request_is_shown_as_code_that_runs_when_it_is_copied()
    {
        const string message = "It's \"quoted\" `id` $(id) $HOME !! \\\nJSON\nthe end";
        await using var panel = await EnterAsync();
        await panel.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await panel.Page.GetByLabel("System prompt").FillAsync("Be brief.");
        await panel.Message.FillAsync(message);
        await panel.Button("Code").ClickAsync();
        var dialog = panel.Page.GetByRole(AriaRole.Dialog);
        foreach (var (language, words) in new[] { ("Python", "from openai import OpenAI"), ("JavaScript", "import OpenAI from"), ("C#", "using OpenAI;"), ("curl", "curl http") })
        {
            await dialog.GetByRole(AriaRole.Tab, new() { Name = language, Exact = true }).ClickAsync();
            await Expect(dialog.GetByRole(AriaRole.Tabpanel)).ToContainTextAsync(words);
            await Expect(dialog.GetByRole(AriaRole.Tabpanel)).ToContainTextAsync(gateway.Client.BaseAddress + "v1");
        }
        await dialog.GetByLabel("Stream").CheckAsync();
        await panel.Button("Copy the code").ClickAsync();
        var code = await panel.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()");
        code.ShouldNotContain(LocalHost.Tests.Hosting.GatewayFixture.CallerKey);
        gateway.Script(Chunks.Answer("It ran."));
        (await Command.RunAsync("bash", ["-c", code])).ShouldContain("It ran.");
        var messages = gateway.Upstream.Request.BodyJson.GetProperty("messages");
        messages[0].GetProperty("content").GetString().ShouldBe("Be brief.");
        messages[1].GetProperty("content").GetString().ShouldBe(message);
    }

    [SkippableFact]
    public async Task The_raw_request_and_response_are_shown()
    {
        await using var panel = await EnterAsync();
        gateway.Script(Chunks.Answer("Hi."));
        await panel.AskAsync("Hello <b>");
        await panel.Button("Raw request and response").ClickAsync();
        var dialog = panel.Page.GetByRole(AriaRole.Dialog);
        var sent = await dialog.GetByRole(AriaRole.Group, new() { Name = "POST /v1/chat/completions" }).TextContentAsync();
        JsonDocument.Parse(sent!).RootElement.GetProperty("messages")[0].GetProperty("content").GetString().ShouldBe("Hello <b>");
        await Expect(dialog.GetByRole(AriaRole.Group, new() { Name = "Response" })).ToContainTextAsync("data: [DONE]");
    }

    [SkippableFact]
    public async Task Five_thousand_models_are_searched_and_few_of_them_rendered()
    {
        var models = Enumerable.Range(0, 5000)
            .Select(i => new { id = $"vendor{i % 50}/model-{i}", provider = $"vendor{i % 50}", name = $"model-{i}", context = 128000, input_modalities = new[] { "text" },
            capabilities = new[] { "tools" }, available = true });
        await using var panel = await PanelPage.EnterAsync(chromium, gateway,
            before: page => page.RouteAsync("**/api/models", route => route.FulfillAsync(new() { Json = new { models } })));
        await panel.Model.ClickAsync();
        await Expect(panel.Page.Locator(".picker-status")).ToHaveTextAsync("5,000 models");
        (await panel.Page.GetByRole(AriaRole.Listbox, new() { Name = "Models" }).GetByRole(AriaRole.Option).CountAsync()).ShouldBeInRange(5, 30);
        await panel.Page.Keyboard.PressAsync("ArrowUp");
        await panel.Page.Keyboard.PressAsync("ArrowUp");
        // By name, and by other known data.
        await panel.Model.FillAsync("VENDOR49 128k tools 4999");
        await Expect(panel.Page.GetByRole(AriaRole.Listbox, new() { Name = "Models" }).GetByRole(AriaRole.Option)).ToHaveCountAsync(1);
        await panel.Model.PressAsync("Enter");
        await Expect(panel.Model).ToHaveValueAsync("vendor49/model-4999");
        await panel.Model.FillAsync("elsewhere/unknown:model");
        await panel.Model.PressAsync("Enter");
        await Expect(panel.Model).ToHaveValueAsync("elsewhere/unknown:model");
        await panel.Model.FillAsync("nothing like it");
        await panel.Model.PressAsync("Escape");
        await Expect(panel.Model).ToHaveValueAsync("elsewhere/unknown:model");
    }

    private async Task<PanelPage> EnterAsync(string model = Model)
    {
        var panel = await PanelPage.EnterAsync(chromium, gateway);
        await panel.ChooseAsync(model);
        return panel;
    }
}
