using Nano.State;

namespace Nano.Tests.State;

public sealed class StateAddressTests
{
    [Theory]
    [InlineData("table:https://account.table.core.windows.net", true, true, "table", null)]
    [InlineData("table:https://account.table.core.windows.net", false, true, "none", "does not work in this build of the gateway (native)")]
    [InlineData("table:UseDevelopmentStorage=true", false, true, "none", "does not work in this build of the gateway (native)")]
    [InlineData("sqlite:nano.db", false, true, "sqlite", null)]
    [InlineData("sqlite:nano.db", true, false, "none", "contains no SQLite. Use table:https://ACCOUNT.table.core.windows.net")]
    [InlineData("SQLite: /data/nano.db", true, false, "none", "table:UseDevelopmentStorage=true with Azurite")]
    [InlineData("table:UseDevelopmentStorage=true", true, false, "table", null)]
    [InlineData("redis:127.0.0.1:6379", false, true, "redis", null)]
    [InlineData("redis:127.0.0.1:6379", true, false, "redis", null)]
    [InlineData("redis:one:6379,two:6379,ssl=true", false, true, "redis", null)]
    [InlineData("redis:127.0.0.1:6379,atomicScripts=true", false, true, "redis", null)]
    [InlineData("redis:127.0.0.1:6379,atomicScripts=yes", false, true, "none", "atomicScripts must be true or false.")]
    [InlineData("table:https://account.table.core.windows.net/?sig=secret", true, true, "none", "must be none, sqlite:PATH")]
    [InlineData("redis:", true, true, "none", "must be none, sqlite:PATH")]
    [InlineData("redis:", true, false, "none", "must be none, redis:HOST:PORT[,options], table:")]
    public void A_store_that_this_build_does_not_have_is_refused_at_start(string value, bool hasTables, bool hasSqlite, string kind, string? mistake)
    {
        var mistakes = new List<string>();
        StateAddress.Read(new Dictionary<string, string> { [StateAddress.Setting] = value }, mistakes, hasTables, hasSqlite).Kind.ShouldBe(kind);
        if (mistake is null) mistakes.ShouldBeEmpty();
        else mistakes.ShouldHaveSingleItem().ShouldContain(mistake);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_example_in_errors_is_a_store_that_this_build_has(bool hasSqlite)
    {
        var mistakes = new List<string>();
        var settings = new Dictionary<string, string> { [StateAddress.Setting] = StateAddress.ExampleOf(hasSqlite) };
        StateAddress.Read(settings, mistakes, hasTables: true, hasSqlite).Kind.ShouldNotBe(StateAddress.None);
        mistakes.ShouldBeEmpty();
    }
}
