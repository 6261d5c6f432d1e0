using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Nano.Access;
using Nano.Routing;

namespace Nano.Tests.Access;

/// <summary>Requests per minute of tokens, attempts at the sign-in, and by which address they count.</summary>
public sealed class LimitTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void A_minute_has_as_many_requests_as_the_token_says()
    {
        var rates = new RequestRates(_time);
        rates.Take("a", 2).ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(20));
        rates.Take("a", 2).ShouldBeNull();
        rates.Take("a", 2).ShouldBe(TimeSpan.FromSeconds(40));
        rates.Take("b", 2).ShouldBeNull("each token counts by itself");
        _time.Advance(TimeSpan.FromSeconds(40));
        rates.Take("a", 2).ShouldBeNull("a new minute");
    }

    [Fact]
    public void Windows_that_are_over_make_room()
    {
        var rates = new RequestRates(_time);
        for (var i = 0; i < RequestRates.Capacity; i++) rates.Take($"old{i}", 1);
        _time.Advance(TimeSpan.FromSeconds(61));
        rates.Take("new", 1).ShouldBeNull();
        rates.Count.ShouldBe(1);
        for (var i = 0; i < RequestRates.Capacity * 2; i++) rates.Take($"many{i}", 1);
        rates.Count.ShouldBeLessThanOrEqualTo(RequestRates.Capacity);
    }

    [Fact]
    public void A_few_mistakes_are_free_then_each_one_doubles_the_wait()
    {
        var throttle = new SignInThrottle(_time);
        var address = IPAddress.Parse("203.0.113.7");
        for (var i = 0; i < SignInThrottle.FreeFailures; i++)
        {
            throttle.Wait(address).ShouldBeNull();
            throttle.Fail(address);
        }
        foreach (var seconds in new[] { 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 })
        {
            throttle.Wait(address).ShouldBe(TimeSpan.FromSeconds(seconds));
            _time.Advance(TimeSpan.FromSeconds(seconds));
            throttle.Wait(address).ShouldBeNull();
            throttle.Fail(address);
        }
        throttle.Wait(IPAddress.Parse("203.0.113.8")).ShouldBeNull("others do not wait");
        throttle.Succeed(address);
        throttle.Wait(address).ShouldBeNull();
    }

    [Fact]
    public void Old_mistakes_are_forgotten()
    {
        var throttle = new SignInThrottle(_time);
        for (var i = 0; i < 20; i++) throttle.Fail(IPAddress.Loopback);
        _time.Advance(TimeSpan.FromMinutes(15));
        throttle.Fail(IPAddress.Loopback);
        throttle.Wait(IPAddress.Loopback).ShouldBeNull();
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("203.0.113.7", "::ffff:203.0.113.7", true)]
    [InlineData("203.0.113.7", "203.0.113.8", false)]
    [InlineData("203.0.113.7", "::ffff:203.0.113.8", false)]
    public void One_customer_is_one_address(string one, string other, bool same)
    {
        var throttle = new SignInThrottle(_time);
        for (var i = 0; i < 10; i++) throttle.Fail(IPAddress.Parse(one));
        throttle.Wait(IPAddress.Parse(other)).HasValue.ShouldBe(same);
    }

    [Fact]
    public void The_table_of_addresses_has_an_end_and_the_newest_stay()
    {
        var throttle = new SignInThrottle(_time);
        for (var i = 0; i < SignInThrottle.Capacity + 500; i++)
        {
            throttle.Fail(new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }
        throttle.Count.ShouldBe(SignInThrottle.Capacity);
        var last = new IPAddress([10, 0, (byte)((SignInThrottle.Capacity + 499) >> 8), unchecked((byte)(SignInThrottle.Capacity + 499))]);
        for (var i = 0; i < SignInThrottle.FreeFailures - 1; i++) throttle.Fail(last);
        throttle.Wait(last).ShouldNotBeNull();
    }

    [Theory]
    // Not in Azure, the header is anybody's word.
    [InlineData(false, "203.0.113.7", "198.51.100.1", "203.0.113.7")]
    [InlineData(false, "127.0.0.1", "198.51.100.1", "127.0.0.1")]
    // In Azure the worker library has put the caller's address there already.
    [InlineData(true, "203.0.113.7", "198.51.100.1", "203.0.113.7")]
    // Where it has not, the last entry is the platform's, and those before it the caller's own.
    [InlineData(true, "127.0.0.1", "198.51.100.1", "198.51.100.1")]
    [InlineData(true, "127.0.0.1", "1.2.3.4, 198.51.100.1:50123", "198.51.100.1")]
    [InlineData(true, "127.0.0.1", "1.2.3.4,[2001:db8::7]:50123", "2001:db8::7")]
    [InlineData(true, "127.0.0.1", "2001:db8::7", "2001:db8::7")]
    [InlineData(true, null, "198.51.100.1", "198.51.100.1")]
    [InlineData(true, "127.0.0.1", "what", "127.0.0.1")]
    [InlineData(true, "127.0.0.1", "", "127.0.0.1")]
    public void Only_the_platform_says_where_a_request_comes_from(bool onAzure, string? connection, string forwarded, string expected)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = connection is null ? null : IPAddress.Parse(connection);
        context.Request.Headers["X-Forwarded-For"] = forwarded;
        RemoteAddress.Of(context, new GatewayOptions { OnAzure = onAzure }).ShouldBe(IPAddress.Parse(expected));
    }
}
