using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nano.Access;
using Nano.Chat;
using Nano.Errors;
using Nano.Inbound;
using Nano.Json;
using Nano.Pipeline;
using Nano.Providers;
using Nano.Routing;
using Nano.Telemetry;
using Nano.Upstream;

namespace Nano.Tests.Requests;

/// <summary>A request as sent to a provider.</summary>
/// <param name="Body">Undefined if it was refused.</param>
internal sealed record Sent(JsonElement Body, Deployment Deployment, string Dialect, LossReport Losses, GatewayError? Error);

/// <summary>Creates providers' requests like the gateway: registered, routed and written as in the hosts, but not sent.</summary>
internal static class UpstreamForm
{
    private static readonly ServiceProvider Services = Build();
    private static readonly Heartbeat Heartbeat = new(new FakeTimeProvider());

    private static readonly ResponseServices Responses = new(
        Services.GetRequiredService<GatewayKey>(), Heartbeat, new BufferBudget(long.MaxValue), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(60), int.MaxValue,
        (_, _, _) => throw new InvalidOperationException("Nothing is sent."), (_, _, _) => throw new InvalidOperationException("Nothing is sent."));

    /// <summary>All registered chat providers, and a compatible server that is defined by settings.</summary>
    public static IReadOnlyList<Provider> Providers =>
        [.. Services.GetRequiredService<IReadOnlyList<Provider>>().Where(provider => provider.Dialects[0].Operation == Operation.Chat)];

    /// <param name="model">In the form <c>provider/model</c>.</param>
    public static Task<Sent> WriteAsync(string model, byte[] chat) => WriteAsync(model, chat, Services.GetRequiredService<InboundApis>().OpenAIChat, "");

    /// <summary>The same for a caller of Responses.</summary>
    public static Task<Sent> WriteResponsesAsync(string model, byte[] request) =>
        WriteAsync(model, request, Services.GetRequiredService<InboundApis>().OpenAIResponses, "");

    /// <summary>The same for a caller of Messages.</summary>
    public static Task<Sent> WriteMessagesAsync(string model, byte[] request) =>
        WriteAsync(model, request, Services.GetRequiredService<InboundApis>().AnthropicMessages, "");

    /// <summary>The same for a Gemini caller.</summary>
    public static Task<Sent> WriteGeminiAsync(string model, byte[] request) =>
        WriteAsync(model, request, Services.GetRequiredService<InboundApis>().Gemini, model + ":generateContent");

    private static async Task<Sent> WriteAsync(string model, byte[] chat, IInboundApi format, string parameter)
    {
        var deployment = Services.GetRequiredService<Router>().Resolve(model).Deployment ?? throw new InvalidOperationException($"{model} goes nowhere.");
        var context = new DefaultHttpContext();
        context.Request.Body = new MemoryStream(chat);
        context.Request.ContentLength = chat.Length;
        RequestId.Assign(context);
        var record = new UsageRecord { RequestId = "id", Dialect = format.Dialect.Name, Caller = "owner", StartedAt = default };
        await using var exchange = new Exchange(context, format, parameter, Operation.Chat, Caller.Owner, record, 0, Responses);
        var (body, unread) = await RequestBody.ReadAsync(context, int.MaxValue, exchange.Clock);
        unread.ShouldBeNull();
        exchange.Own(body);
        if (exchange.ReadEnvelope() is { } malformed) return new Sent(default, deployment, "", new LossReport(), malformed);
        (await exchange.ReadStateKeyAsync()).ShouldBeNull();
        using var attempt = new Attempt(exchange, deployment, isLast: true);
        var error = UpstreamBody.Write(attempt, out var splice);
        byte[] written = [.. splice.A.Span, .. splice.B.Span, .. splice.C.Span, .. splice.D.Span, .. splice.E.Span];
        var json = error is null ? JsonDocument.Parse(written, new JsonDocumentOptions { MaxDepth = 512 }).RootElement : default;
        return new Sent(json, deployment, attempt.Dialect.Name, attempt.Losses, error);
    }

    private static ServiceProvider Build()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddGateway(new Dictionary<string, string> { ["CUSTOM_ANY_SERVER_BASE_URL"] = "http://localhost:1/v1" });
        return services.BuildServiceProvider();
    }
}
