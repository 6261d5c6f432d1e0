using Azure.Core;
using Microsoft.Extensions.Time.Testing;

namespace Nano.LocalHost.Tests.Azure;

/// <summary>An identity that signs in to Microsoft Entra: each token is valid for an hour of its clock.</summary>
internal sealed class FakeIdentity : TokenCredential
{
    private int _calls;

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    public List<string> Scopes { get; } = [];

    public Exception? Raise { get; set; }

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new NotSupportedException();

    public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (Raise is { } raised) throw raised;
        Scopes.AddRange(requestContext.Scopes);
        return new AccessToken($"entra-token-{++_calls}", Time.GetUtcNow().AddHours(1));
    }
}
