using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nano.Access;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat;
using Nano.Endpoints;
using Nano.Errors;
using Nano.Providers;
using Nano.Reasoning;
using Nano.Routing;
using Nano.Telemetry;
using Nano.Upstream;

namespace Nano.Tests.Requests;

/// <summary>What a provider is sent of a request.</summary>
/// <param name="Body">Undefined when it was refused.</param>
internal sealed record Sent(JsonElement Body, Deployment Deployment, string Dialect, LossReport Losses, GatewayError? Error);

/// <summary>Makes providers' requests as the gateway does: registered as the hosts register it, routed, written by the dispatcher; nothing is sent.</summary>
internal static class UpstreamForm
{
    private static readonly ServiceProvider Services = Build();
    private static readonly Heartbeat Heartbeat = new(new FakeTimeProvider());
    private static readonly StateKey State = new("the-gateways-key");

    /// <summary>All that are registered, and a compatible server that only the settings know.</summary>
    public static IReadOnlyList<Provider> Providers => Services.GetRequiredService<IReadOnlyList<Provider>>();

    /// <param name="model">As <c>provider/model</c>.</param>
    public static async Task<Sent> WriteAsync(string model, byte[] chat)
    {
        var deployment = Services.GetRequiredService<Router>().Resolve(model).Deployment ?? throw new InvalidOperationException($"{model} goes nowhere.");
        var context = new DefaultHttpContext();
        context.Request.Body = new MemoryStream(chat);
        context.Request.ContentLength = chat.Length;
        await using var exchange = new ChatExchange(context, Services.GetRequiredService<DialectSet>().OpenAIChat, "id", 0, new RequestClock(Heartbeat, CancellationToken.None), new UsageRecord { RequestId = "id", Dialect = "openai-chat", Caller = "owner", StartedAt = default })
        {
            Caller = Caller.Owner,
            StateKey = State,
        };
        var (body, unread) = await RequestBody.ReadAsync(context, int.MaxValue, exchange.Clock);
        unread.ShouldBeNull();
        exchange.Own(body);
        if (ChatEnvelope.TryRead(exchange.Body, out var envelope) is { } malformed) return new Sent(default, deployment, "", exchange.Losses, malformed);
        exchange.Envelope = envelope;
        exchange.StreamUsage = envelope.WantsStreamUsage;
        exchange.GoTo(deployment);
        var error = Dispatcher.Write(exchange, out var splice);
        byte[] written = [.. splice.A.Span, .. splice.B.Span, .. splice.C.Span, .. splice.D.Span, .. splice.E.Span];
        var json = error is null ? JsonDocument.Parse(written, new JsonDocumentOptions { MaxDepth = 512 }).RootElement : default;
        return new Sent(json, deployment, exchange.Dialect!.Name, exchange.Losses, error);
    }

    private static ServiceProvider Build()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddGateway(new Dictionary<string, string> { ["CUSTOM_ANY_SERVER_BASE_URL"] = "http://localhost:1/v1" });
        return services.BuildServiceProvider();
    }
}
