using System.Net;
using Microsoft.Extensions.Time.Testing;
using Nano.Access;

namespace Nano.Tests.Access;

/// <summary>Limits on requests per minute and on sign-in attempts, and the parties that they apply to.</summary>
public sealed class LimitTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void A_minute_allows_the_number_of_requests_in_the_token()
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
    public void Expired_windows_are_dropped()
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
    public void A_full_table_of_tokens_drops_only_expired_windows()
    {
        var rates = new RequestRates(_time);
        for (var i = 0; i < RequestRates.Capacity / 2; i++) rates.Take($"old{i}", 1);
        _time.Advance(TimeSpan.FromSeconds(50));
        for (var i = 0; i < RequestRates.Capacity / 2; i++) rates.Take($"live{i}", 1);
        rates.Count.ShouldBe(RequestRates.Capacity);
        _time.Advance(TimeSpan.FromSeconds(10));
        rates.Take("new", 1).ShouldBeNull();
        rates.Count.ShouldBe(RequestRates.Capacity / 2 + 1);
        for (var i = 0; i < RequestRates.Capacity / 2; i++) rates.Take($"live{i}", 1).ShouldBe(TimeSpan.FromSeconds(50), $"live{i} has had its request");
    }

    [Fact]
    public void A_full_table_of_sign_ins_drops_only_old_failures()
    {
        var throttle = new SignInThrottle(_time);
        for (var i = 0; i < SignInThrottle.Capacity - 100; i++) throttle.Fail(SignInParty.OfBrowser($"old{i}"));
        _time.Advance(TimeSpan.FromMinutes(10));
        for (var i = 0; i < 100; i++)
            for (var times = 0; times < SignInThrottle.FreeFailures + 9; times++) throttle.Fail(SignInParty.OfBrowser($"live{i}"));
        throttle.Count.ShouldBe(SignInThrottle.Capacity);
        _time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        throttle.Fail(SignInParty.OfBrowser("new"));
        throttle.Count.ShouldBe(101, "the old ones are 15 minutes old");
        for (var i = 0; i < SignInThrottle.FreeFailures; i++) throttle.Fail(SignInParty.OfBrowser("live0"));
        throttle.Wait(SignInParty.OfBrowser("live0")).ShouldBe(TimeSpan.FromMinutes(5), "its mistakes still count");
    }

    [Fact]
    public void A_full_table_of_recent_sign_ins_forgets_the_one_that_failed_longest_ago()
    {
        var throttle = new SignInThrottle(_time);
        for (var i = 0; i < SignInThrottle.Capacity; i++)
        {
            for (var times = 0; times < SignInThrottle.FreeFailures; times++) throttle.Fail(SignInParty.OfBrowser($"live{i}"));
            _time.Advance(TimeSpan.FromTicks(1));
        }
        throttle.Fail(SignInParty.OfBrowser("new"));
        throttle.Count.ShouldBe(SignInThrottle.Capacity);
        throttle.Wait(SignInParty.OfBrowser("live0")).ShouldBeNull("it made room");
        for (var i = 1; i < SignInThrottle.Capacity; i++) throttle.Wait(SignInParty.OfBrowser($"live{i}")).ShouldNotBeNull();
    }

    [Fact]
    public void Each_browser_is_a_separate_party_and_stays_the_same()
    {
        SignInParty.OfBrowser("abc").ShouldBe(SignInParty.OfBrowser("abc"));
        SignInParty.OfBrowser("abc").ShouldNotBe(SignInParty.OfBrowser("abd"));
        SignInParty.OfBrowser("abc").ShouldNotBe(SignInParty.Of(null));
        Enumerable.Range(0, 1000).Select(i => SignInParty.OfBrowser($"browser{i}")).Distinct().Count().ShouldBe(1000);
        var throttle = new SignInThrottle(_time);
        for (var i = 0; i < SignInThrottle.FreeFailures; i++) throttle.Fail(SignInParty.OfBrowser("abc"));
        throttle.Wait(SignInParty.OfBrowser("abc")).ShouldNotBeNull();
        throttle.Wait(SignInParty.OfBrowser("abd")).ShouldBeNull("another browser has made no mistake");
    }

    [Fact]
    public void A_full_table_keeps_the_limits_of_live_tokens()
    {
        var rates = new RequestRates(_time);
        rates.Take("first", 1);
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 1; i < RequestRates.Capacity; i++) rates.Take($"live{i}", 1).ShouldBeNull();
        rates.Count.ShouldBe(RequestRates.Capacity);

        rates.Take("new", 1).ShouldBeNull();

        rates.Count.ShouldBe(RequestRates.Capacity);
        // Only the window that ends first was dropped.
        for (var i = 1; i < RequestRates.Capacity; i++) rates.Take($"live{i}", 1).ShouldBe(TimeSpan.FromMinutes(1));
        rates.Take("new", 1).ShouldNotBeNull();
        rates.Take("first", 1).ShouldBeNull();
    }

    [Fact]
    public void A_few_failures_are_free_then_each_one_doubles_the_wait()
    {
        var throttle = new SignInThrottle(_time);
        var address = Party("203.0.113.7");
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
        throttle.Wait(Party("203.0.113.8")).ShouldBeNull("others do not wait");
        throttle.Wait(SignInParty.OfBrowser("abc")).ShouldBeNull("a browser that is known does not wait for its address");
        throttle.Succeed(address);
        throttle.Wait(address).ShouldBeNull();
    }

    [Fact]
    public void Old_failures_are_forgotten()
    {
        var throttle = new SignInThrottle(_time);
        for (var i = 0; i < 20; i++) throttle.Fail(SignInParty.Of(IPAddress.Loopback));
        _time.Advance(TimeSpan.FromMinutes(15));
        throttle.Fail(SignInParty.Of(IPAddress.Loopback));
        throttle.Wait(SignInParty.Of(IPAddress.Loopback)).ShouldBeNull();
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("203.0.113.7", "::ffff:203.0.113.7", true)]
    [InlineData("203.0.113.7", "203.0.113.8", false)]
    [InlineData("203.0.113.7", "::ffff:203.0.113.8", false)]
    public void Addresses_of_one_customer_are_one_party(string one, string other, bool same)
    {
        (Party(one) == Party(other)).ShouldBe(same);
        Party(one).ShouldNotBe(SignInParty.Of(null));
        Party(one).ShouldNotBe(SignInParty.OfBrowser(one));
    }

    [Fact]
    public void Clients_without_an_address_are_one_party()
    {
        var throttle = new SignInThrottle(_time);
        for (var i = 0; i < SignInThrottle.FreeFailures; i++) throttle.Fail(SignInParty.Of(null));
        throttle.Wait(SignInParty.Of(null)).ShouldNotBeNull();
    }

    [Fact]
    public void The_table_of_addresses_is_bounded_and_keeps_the_newest()
    {
        var throttle = new SignInThrottle(_time);
        for (var i = 0; i < SignInThrottle.Capacity + 500; i++)
        {
            throttle.Fail(SignInParty.Of(new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i])));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }
        throttle.Count.ShouldBe(SignInThrottle.Capacity);
        var last = SignInParty.Of(new IPAddress([10, 0, (byte)((SignInThrottle.Capacity + 499) >> 8), unchecked((byte)(SignInThrottle.Capacity + 499))]));
        for (var i = 0; i < SignInThrottle.FreeFailures - 1; i++) throttle.Fail(last);
        throttle.Wait(last).ShouldNotBeNull();
    }

    private static SignInParty Party(string address) => SignInParty.Of(IPAddress.Parse(address));
}
