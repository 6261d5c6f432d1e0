using Nano.State;
using Nano.State.Redis;
using StackExchange.Redis;

namespace Nano.Tests.State;

/// <summary>The opening of a connection is not kept once it has failed, and none begins after the end.</summary>
public sealed class RedisConnectionTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_opening_that_was_cancelled_or_failed_is_tried_again(bool isCancelled)
    {
        using var client = new RedisClient("127.0.0.1:1", onAzure: false);
        var openings = 0;
        var connection = new RedisConnection(client, () =>
        {
            openings++;
            return isCancelled ? Task.FromCanceled<ConnectionMultiplexer>(new CancellationToken(true)) : Task.FromException<ConnectionMultiplexer>(new TimeoutException());
        });
        for (var i = 1; i <= 2; i++)
        {
            await Should.ThrowAsync<StateUnavailableException>(async () => await connection.CallAsync(_ => Task.FromResult(1)));
            openings.ShouldBe(i);
        }
    }

    [Fact]
    public async Task After_the_end_none_is_opened()
    {
        using var client = new RedisClient("127.0.0.1:1", onAzure: false);
        var connection = new RedisConnection(client, () => throw new InvalidOperationException("It was opened."));
        await connection.DisposeAsync();
        await Should.ThrowAsync<StateUnavailableException>(async () => await connection.CallAsync(_ => Task.FromResult(1)));
    }
}
