using Nano.Caching;
using Nano.State;

namespace Nano.Tests.Caching;

public sealed class CacheAddressTests
{
    [Theory]
    [InlineData(null, "memory", "")]
    [InlineData(" ", "memory", "")]
    [InlineData("Memory", "memory", "")]
    [InlineData("redis", "redis", "cache:6379,ssl=true")]
    [InlineData("blob:https://a.blob.core.windows.net", "blob", "https://a.blob.core.windows.net/nano-cache")]
    [InlineData("blob:https://a.blob.core.windows.net/", "blob", "https://a.blob.core.windows.net/nano-cache")]
    [InlineData("blob:https://a.blob.core.windows.net/my-cache", "blob", "https://a.blob.core.windows.net/my-cache")]
    [InlineData("blob:UseDevelopmentStorage=true", "blob", "UseDevelopmentStorage=true")]
    public void Valid_addresses_are_stores(string? value, string kind, string address) =>
        Read(value, new StateAddress(StateAddress.Redis, "cache:6379,ssl=true"), []).ShouldBe(new CacheAddress(kind, address));

    [Theory]
    [InlineData("disk")]
    [InlineData("blob")]
    [InlineData("blob:http://a.blob.core.windows.net")]
    [InlineData("blob:https://a.blob.core.windows.net?sv=secret")]
    [InlineData("blob:https://user:secret@a.blob.core.windows.net")]
    [InlineData("blob:https://a.blob.core.windows.net/a/b")]
    [InlineData("blob:https://a.blob.core.windows.net/UPPER")]
    [InlineData("blob:DefaultEndpointsProtocol=https;AccountName=a;AccountKey=secret")]
    public void Invalid_addresses_are_reported_without_their_value(string value)
    {
        var mistakes = new List<string>();
        Read(value, new StateAddress(StateAddress.Redis, "cache:6379"), mistakes).ShouldBe(CacheAddress.InMemory);
        mistakes.ShouldHaveSingleItem().ShouldStartWith("CACHE_STORE must be memory, redis, ");
        mistakes[0].ShouldNotContain("secret");
    }

    [Fact]
    public void Redis_requires_a_state_store_on_Redis()
    {
        var mistakes = new List<string>();
        Read("redis", new StateAddress(StateAddress.Sqlite, "nano.db"), mistakes).ShouldBe(CacheAddress.InMemory);
        mistakes.ShouldBe(["CACHE_STORE is redis, and STATE_STORE is not: the cache uses the state store's server."]);
    }

    private static CacheAddress Read(string? value, StateAddress state, List<string> mistakes) =>
        CacheAddress.Read(value is null ? new Dictionary<string, string>() : new() { ["CACHE_STORE"] = value }, state, mistakes);
}
