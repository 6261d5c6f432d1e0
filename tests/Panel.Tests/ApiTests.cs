using System.Text.Json;
using Microsoft.Playwright;
using Nano.Panel.Tests.Browser;
using Nano.Testing.Upstream;
using static Microsoft.Playwright.Assertions;

namespace Nano.Panel.Tests;

/// <summary>The playground in each of the four APIs.</summary>
[Collection(BrowserCollection.Name)]
public sealed class ApiTests(Chromium chromium, PanelFixture gateway) : IClassFixture<PanelFixture>
{
    private static readonly (string Name, string Path, string Turns)[] Apis =
    [
        ("Anthropic Messages", "/v1/messages", "messages"),
        ("Gemini", "/v1beta/models/nano/echo:streamGenerateContent?alt=sse", "contents"),
        ("OpenAI Responses", "/v1/responses", "input"),
        ("OpenAI Chat", "/v1/chat/completions", "messages"),
    ];

    [SkippableFact]
    public async Task One_conversation_continues_through_all_four_APIs()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway);
        await panel.ChooseAsync("nano/echo");
        await panel.Page.GetByLabel("Reasoning effort").SelectOptionAsync("low");
        for (var i = 0; i < Apis.Length; i++)
        {
            var (name, path, turns) = Apis[i];
            await panel.Page.GetByLabel("API", new() { Exact = true }).SelectOptionAsync(name);
            var sent = await panel.Page.RunAndWaitForRequestAsync(() => panel.SendAsync($"words by {name}"), request => request.Method == "POST");
            sent.Url.ShouldBe(new Uri(gateway.Client.BaseAddress!, path).ToString());
            // Each turn is in it, whichever API served it.
            JsonDocument.Parse(sent.PostData!).RootElement.GetProperty(turns).GetArrayLength().ShouldBe(2 * i + 1, name);
            await Expect(panel.Measures).ToHaveCountAsync(i + 1);
            await Expect(panel.Answers.Last.Locator(".prose").Last).ToContainTextAsync($"words by {name}");
            await Expect(panel.Answers.Last.Locator(".thought summary")).ToContainTextAsync("Reasoning, ");
            await Expect(panel.Measures.Last).ToContainTextAsync("reasoning)");
            await Expect(panel.Measures.Last).ToContainTextAsync("Cost$0");
        }
        await panel.Button("Raw request and response").Nth(1).ClickAsync();
        await Expect(panel.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Group, new() { Name = "POST " + Apis[1].Path })).ToContainTextAsync("words by Gemini");
        await Expect(panel.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Group, new() { Name = "Response" })).ToContainTextAsync("usageMetadata");
        await panel.Page.Keyboard.PressAsync("Escape");
        var records = (await gateway.OwnerJsonAsync("/api/activity")).GetProperty("records").EnumerateArray().Select(record => record.GetProperty("dialect").GetString());
        records.TakeLast(4).ShouldBe(["anthropic-messages", "gemini", "openai-responses", "openai-chat"]);
    }

    [SkippableFact]
    public async Task Tools_are_called_and_their_results_are_sent_in_every_API()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway);
        await panel.ChooseAsync("nano/echo");
        await panel.OpenGroupAsync("Tools");
        await panel.Button("Insert an example").First.ClickAsync();
        foreach (var (name, _, turns) in Apis)
        {
            await panel.Page.GetByLabel("API", new() { Exact = true }).SelectOptionAsync(name);
            await panel.Button("New conversation").ClickAsync();
            await panel.SendAsync("Call get_weather");
            await Expect(panel.Page.Locator(".call-arguments")).ToContainTextAsync("city");
            await panel.Page.GetByLabel("Result of get_weather").FillAsync("""{"temperature":21}""");
            var sent = await panel.Page.RunAndWaitForRequestAsync(() => panel.Button("Send the result").ClickAsync(), request => request.Method == "POST");
            JsonDocument.Parse(sent.PostData!).RootElement.GetProperty(turns).GetArrayLength().ShouldBe(3, name);
            await Expect(panel.Measures).ToHaveCountAsync(2);
            await Expect(panel.Page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
            await Expect(panel.Answers.Last.Locator(".prose").Last).Not.ToBeEmptyAsync();
        }
    }

    [SkippableFact]
    public async Task Losses_errors_and_missing_settings_are_those_of_the_API()
    {
        await using var panel = await PanelPage.EnterAsync(chromium, gateway);
        var api = panel.Page.GetByLabel("API", new() { Exact = true });
        await panel.ChooseAsync("google/gemini-2.5-pro");
        await api.SelectOptionAsync("Anthropic Messages");
        await Expect(panel.Page.GetByLabel("Seed")).ToBeHiddenAsync();
        await panel.OpenGroupAsync("More");
        await panel.Page.GetByLabel("Other members, as JSON").FillAsync("""{"container":"c"}""");
        gateway.Google.Answer(Streams.Gemini);
        await panel.AskAsync("Hello");
        await Expect(panel.Answers.Last).ToContainTextAsync("It ran.");
        await Expect(panel.Answers.Last).ToContainTextAsync("Dropped: container");
        await panel.Page.GetByLabel("Other members, as JSON").FillAsync("");

        // Before and in a stream.
        await panel.ChooseAsync("openai/gpt-4o");
        await api.SelectOptionAsync("Gemini");
        gateway.Script(UpstreamScript.Json("""{"error":{"message":"Too fast.","code":"rate_limit_exceeded"}}""", 429));
        await panel.AskAsync("Hello");
        await Expect(panel.Answers.Last.GetByRole(AriaRole.Alert)).ToContainTextAsync("Too fast.");
        await Expect(panel.Answers.Last.GetByRole(AriaRole.Alert)).ToContainTextAsync("HTTP 429 · RESOURCE_EXHAUSTED");
        foreach (var name in new[] { "Gemini", "Anthropic Messages" })
        {
            await api.SelectOptionAsync(name);
            gateway.Script(UpstreamScript.Sse(Chunks.Text("Half an ")).Cut());
            await panel.AskAsync("Hello");
            await Expect(panel.Answers.Last).ToContainTextAsync("Half an");
            await Expect(panel.Answers.Last.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        }

        await panel.Button("Code").ClickAsync();
        var dialog = panel.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByLabel("API")).ToHaveValueAsync("messages");
        foreach (var (name, words) in new[] { ("OpenAI Responses", "/responses"), ("Anthropic Messages", "x-api-key: $NANO_API_KEY"),
            ("Gemini", "/v1beta/models/openai/gpt-4o:generateContent"), ("OpenAI Embeddings", "/embeddings"), ("OpenAI Chat", "/chat/completions") })
        {
            await dialog.GetByLabel("API").SelectOptionAsync(name);
            await Expect(dialog.GetByRole(AriaRole.Tabpanel)).ToContainTextAsync(words);
        }
        await Expect(dialog.GetByText("Choose a model for embeddings")).ToBeHiddenAsync();
    }

    [SkippableFact]
    public async Task A_request_shows_its_attempts()
    {
        object Attempt(string deployment, string outcome, bool committed) => new { deployment, outcome, error = outcome == "ok" ? null : "engine_overloaded", committed, sends = 1,
            duration_ms = 1200 };
        var record = new
        {
            seq = 1, time = DateTimeOffset.UtcNow, request_id = "r1", model = "gpt-4o", provider = "two", alias = "chat", dialect = "openai-chat", stream = true, status = 200,
            outcome = "ok", latency_ms = 2400, caller = "owner",
            attempts = new[] { Attempt("one/gpt-4o", "rate_limit", false), Attempt("two/gpt-4o", "ok", true) },
            skipped = new[] { new { deployment = "three/gpt-4o", reason = "breaker_open" } },
        };
        var totals = new { requests = 1, ok = 1, failed = 0, broken = 0, stopped = 0, caller_gone = 0, with_losses = 0, input_tokens = 0, output_tokens = 0, cost_usd = 0,
            unknown_costs = 0 };
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#activity", before: page => page.RouteAsync("**/api/activity?after=*", route =>
            route.FulfillAsync(new()
            { Json = new { instance = "i", started_at = DateTimeOffset.UtcNow, capacity = 1000, next = 1, missed = 0, totals,
            records = route.Request.Url.EndsWith("after=0", StringComparison.Ordinal) ? new[] { record } : [] } })));
        var row = panel.Page.Locator("tr[data-seq]");
        await Expect(row).ToContainTextAsync("2 attempts");
        await panel.Page.GetByLabel("Find").FillAsync("one/gpt-4o rate_limit");
        await row.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(panel.Page.Locator("ol.attempts li")).ToHaveTextAsync(["one/gpt-4orate limit1.20 s · engine_overloaded", "two/gpt-4ook1.20 s"]);
        await Expect(panel.Page.Locator("ul.attempts li")).ToHaveTextAsync(["three/gpt-4obreaker open"]);
        await Expect(panel.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Aliaschat");
    }

    [SkippableFact]
    public async Task A_deployment_is_drained_and_used_again()
    {
        object? pause = null;
        var asked = new List<string>();
        async Task ServeAsync(IRoute route)
        {
            if (route.Request.Method == "POST")
            {
                asked.Add(route.Request.PostData!);
                pause = asked.Count == 1 ? DateTimeOffset.UtcNow.AddHours(1) : null;
            }
            var one = new { name = "azure-east/gpt-5.5", breaker = "closed", breaker_wait_ms = 0, cooldown_until = pause, cooldown_reason = pause is null ? null : "drained",
                drained = pause is not null, open_requests = 2,
                failures = new[] { new { time = DateTimeOffset.UtcNow.AddMinutes(-30), failure = "unavailable" },
                    new { time = DateTimeOffset.UtcNow.AddMinutes(-5), failure = "rate_limit" } },
                last_failure = new { time = DateTimeOffset.UtcNow, request_id = "r", outcome = "rate_limit", error = "slow_down" } };
            var two = new { name = "azure-west/gpt-5.5", breaker = "open", breaker_wait_ms = 4000, cooldown_until = (object?)null, cooldown_reason = (string?)null, drained = false,
                open_requests = 0, failures = Array.Empty<object>(), last_failure = (object?)null };
            await route.FulfillAsync(new() { Json = new { data = new object[] { one, two } } });
        }
        await using var panel = await PanelPage.EnterAsync(chromium, gateway, hash: "#providers", before: async page =>
        {
            await page.RouteAsync("**/api/deployments", ServeAsync);
            await page.RouteAsync("**/api/providers/*/status", route => route.FulfillAsync(new() { Json = new { light = "green", message = "It works." } }));
        });
        var row = panel.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "azure-east" });
        await Expect(row).ToContainTextAsync("in use");
        await Expect(row).ToContainTextAsync("slow_down");
        await Expect(row).ToContainTextAsync("rate limit 5 min ago, unavailable 30 min ago");
        await Expect(panel.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "azure-west" })).ToContainTextAsync("breaker openprobed in 4.00 s");
        await Inspection.PrepareAsync(panel);
        var inspection = new Inspection();
        await inspection.CheckAsync(panel, "deployments");
        await panel.Button("Drain azure-east/gpt-5.5").ClickAsync();
        await panel.Page.GetByRole(AriaRole.Dialog).GetByLabel("For").SelectOptionAsync("1 hour");
        await panel.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Drain", Exact = true }).ClickAsync();
        await Expect(row).ToContainTextAsync("drained");
        await panel.Button("Use azure-east/gpt-5.5 again").ClickAsync();
        await Expect(row).ToContainTextAsync("in use");
        asked.ShouldBe(["""{"name":"azure-east/gpt-5.5","drain_seconds":3600}""", """{"name":"azure-east/gpt-5.5","drain_seconds":0}"""]);
        inspection.Found.ShouldBeEmpty();
    }
}
