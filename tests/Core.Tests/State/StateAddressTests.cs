using Nano.State;

namespace Nano.Tests.State;

public sealed class StateAddressTests
{
    [Theory]
    [InlineData("table:https://account.table.core.windows.net", true, "table", null)]
    [InlineData("table:https://account.table.core.windows.net", false, "none", "does not work in this build of the gateway (native)")]
    [InlineData("table:UseDevelopmentStorage=true", false, "none", "does not work in this build of the gateway (native)")]
    [InlineData("sqlite:nano.db", false, "sqlite", null)]
    [InlineData("redis:127.0.0.1:6379", false, "redis", null)]
    [InlineData("redis:127.0.0.1:6379,atomicScripts=true", false, "redis", null)]
    [InlineData("redis:127.0.0.1:6379,atomicScripts=yes", false, "none", "atomicScripts must be true or false.")]
    [InlineData("table:https://account.table.core.windows.net/?sig=secret", true, "none", "must be none, sqlite:PATH")]
    [InlineData("redis:", true, "none", "must be none, sqlite:PATH")]
    public void A_store_that_this_build_does_not_have_is_refused_at_start(string value, bool hasTables, string kind, string? mistake)
    {
        var mistakes = new List<string>();
        StateAddress.Read(new Dictionary<string, string> { [StateAddress.Setting] = value }, mistakes, hasTables).Kind.ShouldBe(kind);
        if (mistake is null) mistakes.ShouldBeEmpty();
        else mistakes.ShouldHaveSingleItem().ShouldContain(mistake);
    }
}
