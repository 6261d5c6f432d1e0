using Nano.Configuration;
using Nano.Errors;
using Nano.Routing;
using Nano.Secrets;

namespace Nano.Tests.Secrets;

public sealed class SecretTests
{
    /// <summary>Case 29: keys that leak because the object that contains them is printed.</summary>
    [Fact]
    public void Case29_Nothing_that_contains_a_key_prints_it()
    {
        const string key = "sk-not-to-be-seen";
        object[] holders =
        [
            Secret.Found(key, "OPENAI_API_KEY"),
            ProviderKey.Of(Secret.Found(key, "OPENAI_API_KEY")),
            new GatewayOptions { ApiKey = key },
            new GatewayOptionsReading(new GatewayOptions { ApiKey = key }, [], []),
        ];
        foreach (var holder in holders) $"{holder}".ShouldNotContain(key, Case.Sensitive, holder.GetType().Name);
    }

    [Theory]
    [InlineData("XAI_API_KEY", "xai-api-key")]
    [InlineData("API_KEY", "api-key")]
    [InlineData("AZURE_OPENAI_API_KEY", "azure-openai-api-key")]
    public void A_setting_has_its_name_in_the_vault(string setting, string secret) => SecretName.Of(setting).ShouldBe(secret);

    [Fact]
    public async Task Blank_settings_are_not_set()
    {
        var source = new SettingsSecretSource(new Dictionary<string, string> { ["A"] = "", ["B"] = " \t", ["C"] = "c" });
        (await source.FindAsync(["A", "B"], default)).Value.ShouldBeNull();
        (await source.FindAsync(["A", "B", "C", "D"], default)).Setting.ShouldBe("C");
        (await source.FindAsync([], default)).ToString().ShouldBe("not set");
    }

    [Fact]
    public void A_missing_value_differs_from_an_unavailable_source()
    {
        Secret.Missing.Unavailable.ShouldBeNull();
        Secret.NotAvailable("down").Value.ShouldBeNull();
        ProviderKey.None(GatewayError.Invalid("x")).ToString().ShouldBe("x");
    }
}
