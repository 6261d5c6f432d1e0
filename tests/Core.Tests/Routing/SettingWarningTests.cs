using Nano.Routing;
using static Nano.Tests.Routing.GatewayOptionsTests;

namespace Nano.Tests.Routing;

/// <summary>Settings that are valid and probably mistakes.</summary>
public sealed class SettingWarningTests
{
    [Theory]
    [InlineData("OPENAPI_BASE_URL=https://x.org", "OPENAPI_BASE_URL is the base URL of no provider here. Was OPENAI_BASE_URL meant?")]
    [InlineData("KEY_VAULT_URI=https://vault.example.org",
        "KEY_VAULT_URI names no host of Azure Key Vault (NAME.vault.azure.net, NAME.vault.azure.cn, NAME.vault.usgovcloudapi.net).")]
    [InlineData("SOMETHING_BASE_URL=https://x.org", "SOMETHING_BASE_URL is the base URL of no provider here and is not used.")]
    [InlineData("NANO_BASE_URL=https://x.org", "NANO_BASE_URL means nothing: The nano runs inside the gateway.")]
    [InlineData("GOOGLE_API_KEY=a;GEMINI_API_KEY=b", "GOOGLE_API_KEY and GEMINI_API_KEY are both set and differ: GOOGLE_API_KEY is used.")]
    [InlineData("HOST=*;API_KEY=short", "API_KEY has fewer than 16 characters, and other machines can reach the gateway. Use a long random value.")]
    // Unknown names.
    [InlineData("CUSTOM_BASE_URL=http://localhost:8000/v1", "CUSTOM_BASE_URL names no provider and is not used. Put a name into it, as in CUSTOM_MY_SERVER_BASE_URL.")]
    [InlineData("CUSTOM_API_KEY=k", "CUSTOM_API_KEY names no provider and is not used. Put a name into it, as in CUSTOM_MY_SERVER_API_KEY.")]
    [InlineData("MAX_REQUEST_BYTE=2000000", "MAX_REQUEST_BYTE is no setting of the gateway and is not used. Was MAX_REQUEST_BYTES meant?")]
    [InlineData("OPNAI_API_KEY=k", "OPNAI_API_KEY is no setting of the gateway and is not used. Was OPENAI_API_KEY meant?")]
    [InlineData("OPNEAI_API_KEY=k", "OPNEAI_API_KEY is no setting of the gateway and is not used. Was OPENAI_API_KEY meant?")]
    [InlineData("STREAM_IDEL_TIMEOUT_SECONDS=9", "STREAM_IDEL_TIMEOUT_SECONDS is no setting of the gateway and is not used. Was STREAM_IDLE_TIMEOUT_SECONDS meant?")]
    // Paths that the gateway appends itself.
    [InlineData("OPENAI_BASE_URL=https://x.org/v1/chat/completions",
        "OPENAI_BASE_URL ends with /chat/completions, which the gateway appends to it. Remove /chat/completions from the URL.")]
    [InlineData("OPENAI_BASE_URL=https://x.org/v1/Responses/", "OPENAI_BASE_URL ends with /responses, which the gateway appends to it. Remove /responses from the URL.")]
    [InlineData("ANTHROPIC_BASE_URL=https://x.org/v1/messages", "ANTHROPIC_BASE_URL ends with /messages, which the gateway appends to it. Remove /messages from the URL.")]
    public void A_likely_mistake_is_a_warning(string settings, string warning)
    {
        var reading = Read(settings);
        reading.Errors.ShouldBeEmpty();
        reading.Warnings.ToArray().ShouldBe([warning]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PORT= ;HOST=;API_KEY=;MAX_REQUEST_BYTES= ;OPENAI_API_KEY=;OPENAI_BASE_URL= ")]
    [InlineData("PORT= 7071 ;HOST=LOCALHOST")]
    [InlineData("HOST=::1;API_KEY=Nano")]
    [InlineData("GOOGLE_API_KEY=same;GEMINI_API_KEY=same")]
    [InlineData("XAI_BASE_URL=https://x.org/v1")]
    // Settings of other programs, or beside the right name.
    [InlineData("HOSTS=a;PORTS=1;API_KEYS=k;WEATHER_API_KEY=k;MAX_BYTES=1;REQUEST_TIMEOUT=1")]
    [InlineData("OPENAI_API_KEY=k;OPENAI_API_KEYS=k")]
    [InlineData("OPENAI_BASE_URL=https://x.org/chat/completions/v1")]
    public void Correct_settings_cause_no_warning(string settings)
    {
        var reading = Read(settings);
        reading.Errors.ShouldBeEmpty();
        reading.Warnings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("MAX_BUFFERED_BYTES=4194304;MAX_REQUEST_BYTES=3145729;MAX_RESPONSE_BYTES=3145728", "MAX_REQUEST_BYTES")]
    [InlineData("MAX_BUFFERED_BYTES=4194304;MAX_REQUEST_BYTES=3145728;MAX_RESPONSE_BYTES=8388608", "MAX_RESPONSE_BYTES")]
    [InlineData("MAX_BUFFERED_BYTES=4194304;MAX_REQUEST_BYTES=3145728;MAX_RESPONSE_BYTES=3145728", null)]
    public void A_size_that_can_never_be_buffered_causes_a_warning(string settings, string? named)
    {
        var warnings = Read(settings).Warnings;
        if (named is null) warnings.ShouldBeEmpty();
        else warnings.ShouldHaveSingleItem().ShouldStartWith(named);
    }
}
