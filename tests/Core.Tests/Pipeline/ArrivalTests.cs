using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Nano.Pipeline;

namespace Nano.Tests.Pipeline;

public sealed class ArrivalTests
{
    [Fact]
    public void A_request_has_waited_since_it_arrived()
    {
        var time = new FakeTimeProvider();
        var context = new DefaultHttpContext();
        context.Features.Set(new Arrival(time.GetTimestamp()));
        time.Advance(TimeSpan.FromMilliseconds(30));
        Arrival.Waited(context, time).ShouldBe(30);
    }

    [Fact]
    public void Without_an_arrival_nothing_is_known() => Arrival.Waited(new DefaultHttpContext(), TimeProvider.System).ShouldBeNull();
}
