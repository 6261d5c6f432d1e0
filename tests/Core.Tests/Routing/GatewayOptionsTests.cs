using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Nano.Configuration;

namespace Nano.Tests.Routing;

public sealed class GatewayOptionsTests
{
    [Fact]
    public void Without_settings_the_defaults_of_the_table_apply()
    {
        var reading = Read("");
        reading.Errors.ShouldBeEmpty();
        reading.Warnings.ShouldBeEmpty();

        // The record's defaults, the reader's and the table's are the same.
        Values(reading.Options).ShouldBe(Values(new GatewayOptions()));
        foreach (var setting in GatewaySettings.All.Where(setting => setting.Default is not null))
        {
            Values(reading.Options)[setting.Name].ShouldBe(setting.Default, setting.Name);
        }
    }

    [Fact]
    public void Every_setting_arrives()
    {
        var options = Good("API_KEY=a-long-random-value-1;HOST=*;PORT=8080;CUSTOM_ENDPOINT_URL=https://ai.example.org/;ALLOWED_ORIGINS=https://App.example.com/, app://obsidian.md;KEY_VAULT_URI=https://v.vault.azure.net/;"
            + "MAX_REQUEST_BYTES=1048576;MAX_RESPONSE_BYTES=2097152;MAX_BUFFERED_BYTES=3145728;MAX_CONCURRENT_REQUESTS=7;CONNECT_TIMEOUT_SECONDS=3;FIRST_TOKEN_TIMEOUT_SECONDS=4;STREAM_IDLE_TIMEOUT_SECONDS=5;"
            + "REQUEST_TIMEOUT_SECONDS=6;KEEP_ALIVE_SECONDS=7;SHUTDOWN_SECONDS=8;METRICS_ENDPOINT=Open;OPENAI_BASE_URL=https://proxy.example.org/openai/v1/");

        options.MetricsEndpoint.ShouldBe("open");
        options.ApiKey.ShouldBe("a-long-random-value-1");
        options.Host.ShouldBe("*");
        options.Port.ShouldBe(8080);
        options.CustomEndpointUrl!.AbsoluteUri.ShouldBe("https://ai.example.org/");
        options.AllowedOrigins.ShouldBe(["https://app.example.com", "app://obsidian.md"]);
        options.KeyVaultUri!.Host.ShouldBe("v.vault.azure.net");
        options.MaxRequestBytes.ShouldBe(1_048_576);
        options.MaxResponseBytes.ShouldBe(2_097_152);
        options.MaxBufferedBytes.ShouldBe(3_145_728);
        options.MaxConcurrentRequests.ShouldBe(7);
        options.ConnectTimeout.ShouldBe(TimeSpan.FromSeconds(3));
        options.FirstTokenTimeout.ShouldBe(TimeSpan.FromSeconds(4));
        options.StreamIdleTimeout.ShouldBe(TimeSpan.FromSeconds(5));
        options.RequestTimeout.ShouldBe(TimeSpan.FromSeconds(6));
        options.KeepAlive.ShouldBe(TimeSpan.FromSeconds(7));
        options.Shutdown.ShouldBe(TimeSpan.FromSeconds(8));
        options.BaseUrls.Count.ShouldBe(1);
        options.BaseUrls["openai"].ShouldBe("https://proxy.example.org/openai/v1");
    }

    [Theory]
    [InlineData("PORT=abc", "PORT must be a whole number from 0 to 65535.")]
    [InlineData("PORT=65536", "PORT must be a whole number from 0 to 65535.")]
    [InlineData("PORT=-1", "PORT must be a whole number from 0 to 65535.")]
    [InlineData("PORT=80.5", "PORT must be a whole number from 0 to 65535.")]
    [InlineData("PORT=99999999999999999999", "PORT must be a whole number from 0 to 65535.")]
    [InlineData("MAX_REQUEST_BYTES=0", "MAX_REQUEST_BYTES must be a whole number from 1024 to 1073741824.")]
    [InlineData("MAX_REQUEST_BYTES=32MB", "MAX_REQUEST_BYTES must be a whole number from 1024 to 1073741824.")]
    [InlineData("MAX_RESPONSE_BYTES=1", "MAX_RESPONSE_BYTES must be a whole number from 65536 to 1073741824.")]
    [InlineData("MAX_BUFFERED_BYTES=half", "MAX_BUFFERED_BYTES must be a whole number from 0 to 1099511627776.")]
    [InlineData("MAX_CONCURRENT_REQUESTS=0", "MAX_CONCURRENT_REQUESTS must be a whole number from 1 to 100000.")]
    [InlineData("CONNECT_TIMEOUT_SECONDS=0", "CONNECT_TIMEOUT_SECONDS must be a whole number from 1 to 300.")]
    [InlineData("FIRST_TOKEN_TIMEOUT_SECONDS=5s", "FIRST_TOKEN_TIMEOUT_SECONDS must be a whole number from 1 to 3600.")]
    [InlineData("STREAM_IDLE_TIMEOUT_SECONDS=3601", "STREAM_IDLE_TIMEOUT_SECONDS must be a whole number from 1 to 3600.")]
    [InlineData("REQUEST_TIMEOUT_SECONDS=1,000", "REQUEST_TIMEOUT_SECONDS must be a whole number from 1 to 3600.")]
    [InlineData("KEEP_ALIVE_SECONDS=230", "KEEP_ALIVE_SECONDS must be a whole number from 1 to 200.")]
    [InlineData("SHUTDOWN_SECONDS=0", "SHUTDOWN_SECONDS must be a whole number from 1 to 3600.")]
    [InlineData("HOST=example.org", "HOST must be an IP address, localhost, or * for all addresses.")]
    [InlineData("HOST=7", "HOST must be an IP address, localhost, or * for all addresses.")]
    [InlineData("HOST=0.0.0.0", "HOST opens the gateway to other machines, and API_KEY is not set. Set API_KEY to a long random value, or HOST to 127.0.0.1.")]
    [InlineData("HOST=*;API_KEY=Nano", "HOST opens the gateway to other machines, and API_KEY is the default. Set API_KEY to a long random value, or HOST to 127.0.0.1.")]
    [InlineData("HOST=::;API_KEY=nano", "HOST opens the gateway to other machines, and API_KEY is the default. Set API_KEY to a long random value, or HOST to 127.0.0.1.")]
    [InlineData("CUSTOM_ENDPOINT_URL=https://ai.example.org",
        "CUSTOM_ENDPOINT_URL opens the gateway to other machines, and API_KEY is not set. Set API_KEY to a long random value, or CUSTOM_ENDPOINT_URL to an address of this machine.")]
    [InlineData("CUSTOM_ENDPOINT_URL=http://192.168.1.5/nano;API_KEY=nano",
        "CUSTOM_ENDPOINT_URL opens the gateway to other machines, and API_KEY is the default. Set API_KEY to a long random value, or CUSTOM_ENDPOINT_URL to an address of this machine.")]
    [InlineData("HOST=*;CUSTOM_ENDPOINT_URL=https://ai.example.org", "HOST opens the gateway to other machines, and API_KEY is not set. Set API_KEY to a long random value, or HOST to 127.0.0.1.")]
    [InlineData("API_KEY=two words", "API_KEY has a blank, a line break or a character that is not ASCII in it. Was it copied with something around it?")]
    [InlineData("API_KEY=key\n", "API_KEY has a blank, a line break or a character that is not ASCII in it. Was it copied with something around it?")]
    [InlineData("API_KEY=k\u00e9y", "API_KEY has a blank, a line break or a character that is not ASCII in it. Was it copied with something around it?")]
    [InlineData("API_KEY='quoted'", "API_KEY has quotes around it that are not part of the key.")]
    [InlineData("OPENAI_API_KEY=sk-1\r\nx-evil: 1", "OPENAI_API_KEY has a blank, a line break or a character that is not ASCII in it. Was it copied with something around it?")]
    [InlineData("GEMINI_API_KEY=\"g\"", "GEMINI_API_KEY has quotes around it that are not part of the key.")]
    [InlineData("XAI_BASE_URL=api.x.ai/v1", "XAI_BASE_URL is not an absolute http or https URL.")]
    [InlineData("XAI_BASE_URL=ftp://api.x.ai", "XAI_BASE_URL is not an absolute http or https URL.")]
    [InlineData("XAI_BASE_URL=/v1", "XAI_BASE_URL is not an absolute http or https URL.")]
    [InlineData("XAI_BASE_URL=https://user:pass@api.x.ai", "XAI_BASE_URL has a user or a password in it; keys have their own setting.")]
    [InlineData("XAI_BASE_URL=https://api.x.ai/v1?key=1", "XAI_BASE_URL has a query or a fragment; it must end with the path.")]
    [InlineData("XAI_BASE_URL=https://api.x.ai/v1#", "XAI_BASE_URL has a query or a fragment; it must end with the path.")]
    [InlineData("XAI_BASE_URL=https://api.x.ai/v 1", "XAI_BASE_URL has blanks, or characters that are not ASCII.")]
    [InlineData("XAI_BASE_URL=http://api.x.ai/v1", "XAI_BASE_URL must begin with https://; http is only for loopback, private addresses and names of a local network.")]
    [InlineData("XAI_BASE_URL=http://8.8.8.8/v1", "XAI_BASE_URL must begin with https://; http is only for loopback, private addresses and names of a local network.")]
    [InlineData("XAI_BASE_URL=http://172.15.255.255/v1", "XAI_BASE_URL must begin with https://; http is only for loopback, private addresses and names of a local network.")]
    [InlineData("XAI_BASE_URL=http://172.32.0.1/v1", "XAI_BASE_URL must begin with https://; http is only for loopback, private addresses and names of a local network.")]
    [InlineData("XAI_BASE_URL=http://169.254.169.254/v1", "XAI_BASE_URL must begin with https://; http is only for loopback, private addresses and names of a local network.")]
    [InlineData("KEY_VAULT_URI=http://localhost", "KEY_VAULT_URI must begin with https://.")]
    [InlineData("KEY_VAULT_URI=https://v.vault.azure.net/secrets/api-key", "KEY_VAULT_URI has a path; it must end with the host, as in https://NAME.vault.azure.net.")]
    [InlineData("KEY_VAULT_REFRESH_SECONDS=9", "KEY_VAULT_REFRESH_SECONDS must be a whole number from 10 to 86400.")]
    [InlineData("KEY_VAULT_URI=my-vault", "KEY_VAULT_URI is not an absolute http or https URL.")]
    [InlineData("ALLOWED_ORIGINS=app.example.com",
        "ALLOWED_ORIGINS must hold origins, each a scheme, a host and a port if it is not the scheme's own, as in https://app.example.com; or * for all.")]
    [InlineData("ALLOWED_ORIGINS=https://app.example.com/page",
        "ALLOWED_ORIGINS must hold origins, each a scheme, a host and a port if it is not the scheme's own, as in https://app.example.com; or * for all.")]
    [InlineData("ALLOWED_ORIGINS=https://*.example.com",
        "ALLOWED_ORIGINS must hold origins, each a scheme, a host and a port if it is not the scheme's own, as in https://app.example.com; or * for all.")]
    [InlineData("CUSTOM_ENDPOINT_URL=ai.example.org", "CUSTOM_ENDPOINT_URL is not an absolute http or https URL.")]
    public void A_mistake_is_reported_with_a_correction(string settings, string error)
    {
        var reading = Read(settings);
        reading.Errors.ToArray().ShouldBe([error]);
    }

    [Theory]
    [InlineData("http://localhost:8080")]
    [InlineData("http://127.0.0.1:1/v1")]
    [InlineData("http://[::1]:1")]
    [InlineData("http://10.1.2.3")]
    [InlineData("http://172.16.0.1")]
    [InlineData("http://172.31.255.255")]
    [InlineData("http://192.168.1.1")]
    [InlineData("http://[fd00::1]")]
    [InlineData("http://ollama:11434/v1")]
    [InlineData("http://gpu.local")]
    [InlineData("http://host.docker.internal:8000/v1")]
    [InlineData("https://anything.example.org/a/b")]
    public void A_base_url_may_be_plain_http_on_a_local_network(string url) => Good("XAI_BASE_URL=" + url).BaseUrls["xai"].ShouldBe(url);

    [Theory]
    [InlineData("API_KEY", 512, null)]
    [InlineData("API_KEY", 513, "API_KEY has more than 512 characters.")]
    // A provider's key may be a token of any length.
    [InlineData("OPENAI_API_KEY", 513, null)]
    [InlineData("OPENAI_API_KEY", 5000, null)]
    public void Only_the_gateways_own_key_has_a_maximum_length(string name, int length, string? error)
    {
        var reading = Read($"{name}={new string('k', length)}");
        reading.Errors.ShouldBe(error is null ? [] : [error]);
    }

    [Theory]
    [InlineData("AWS_ACCESS_KEY_ID=AKIA 1;AWS_SECRET_ACCESS_KEY=s", "AWS_ACCESS_KEY_ID has a blank")]
    [InlineData("AWS_ACCESS_KEY_ID=AKIA1;AWS_SECRET_ACCESS_KEY='s'", "AWS_SECRET_ACCESS_KEY has quotes around it")]
    [InlineData("AWS_ACCESS_KEY_ID=AKIA1;AWS_SECRET_ACCESS_KEY=s;AWS_SESSION_TOKEN=t\n", "AWS_SESSION_TOKEN has a blank")]
    [InlineData("AWS_ACCESS_KEY_ID=AKIA1;AWS_SECRET_ACCESS_KEY=s;AWS_SESSION_TOKEN=t", null)]
    public void The_parts_of_a_key_are_checked_as_a_key_is(string settings, string? error)
    {
        var reading = new ServiceCollection().AddGateway(RouterTests.Settings(settings));
        if (error is null) reading.Errors.ShouldBeEmpty();
        else reading.Errors.ShouldHaveSingleItem().ShouldStartWith(error);
    }

    [Theory]
    [InlineData("CUSTOM_ENDPOINT_URL=http://localhost:8080")]
    [InlineData("CUSTOM_ENDPOINT_URL=http://127.0.0.1:8080/nano;API_KEY=Nano")]
    [InlineData("CUSTOM_ENDPOINT_URL=http://[::1]:8080")]
    public void An_endpoint_on_this_machine_opens_the_gateway_to_no_other(string settings)
    {
        var reading = Read(settings);
        reading.Errors.ShouldBeEmpty();
        reading.Warnings.ShouldBeEmpty();
        reading.Options.AllowsLaptopKey.ShouldBeTrue();
    }

    [Fact]
    public void All_mistakes_are_reported_together()
    {
        var reading = Read("PORT=x;HOST=y;API_KEY=a b;KEEP_ALIVE_SECONDS=0;OPENAI_BASE_URL=z;GOOGLE_API_KEY=a b");
        string.Join(' ', reading.Errors.Select(error => error.Split(' ')[0])).ShouldBe("HOST API_KEY PORT OPENAI_BASE_URL KEEP_ALIVE_SECONDS GOOGLE_API_KEY");
    }

    /// <summary>Case 29: a key in the wrong setting is not repeated either.</summary>
    [Fact]
    public void Case29_No_message_repeats_a_value()
    {
        const string secret = "sk-secret-value";
        var names = GatewaySettings.All.Concat(GatewaySettings.Of(FakeProvider.Four)).Select(setting => setting.Name).ToList();
        foreach (var form in new[] { secret, secret + " ", "'" + secret + "'", "http://" + secret + ".example.org", "https://u:" + secret + "@x", "https://x/?" + secret })
        {
            var reading = GatewayOptions.Read(names.ToDictionary(name => name, _ => form), FakeProvider.Four, onAzure: false);
            reading.Errors.Count.ShouldBeGreaterThan(7);
            foreach (var message in reading.Errors.Concat(reading.Warnings)) message.ShouldNotContain(secret);
        }
    }

    [Theory]
    [InlineData("", "API_KEY is not set")]
    [InlineData("API_KEY=", "API_KEY is not set")]
    [InlineData("API_KEY=Nano", "API_KEY is 'Nano'")]
    [InlineData("API_KEY=NANO", "API_KEY is 'Nano'")]
    public void In_azure_a_missing_key_does_not_prevent_the_start(string settings, string problem)
    {
        var reading = GatewayOptions.Read(RouterTests.Settings(settings), FakeProvider.Four, onAzure: true);
        reading.Errors.ShouldBeEmpty();
        reading.Options.ApiKey.ShouldBeNull();
        reading.Options.CallerKeyProblem!.ShouldContain(problem);
        reading.Options.CallerKeyProblem!.ShouldContain("Set the app setting API_KEY, or the Key Vault secret api-key");
    }

    [Theory]
    [InlineData("KEY_VAULT_URI=https://v.vault.azure.net", false)]
    [InlineData("KEY_VAULT_URI=https://v.vault.azure.net/", true)]
    [InlineData("KEY_VAULT_URI=https://v.vault.azure.net:443;HOST=*", false)]
    [InlineData("KEY_VAULT_URI=https://V.VAULT.AZURE.CN", false)]
    public void With_a_key_vault_and_no_key_setting_the_vault_provides_the_key(string settings, bool onAzure)
    {
        var reading = GatewayOptions.Read(RouterTests.Settings(settings), FakeProvider.Four, onAzure);
        reading.Errors.ShouldBeEmpty();
        reading.Warnings.ShouldBeEmpty();
        (reading.Options.CallerKeyInVault, reading.Options.ApiKey, reading.Options.CallerKeyProblem).ShouldBe((true, null, null));
        GatewayOptions.Read(RouterTests.Settings(settings + ";API_KEY=a-long-random-value-1"), FakeProvider.Four, onAzure).Options.CallerKeyInVault.ShouldBeFalse();
    }

    [Fact]
    public void In_azure_a_custom_key_is_valid_with_any_host()
    {
        var reading = GatewayOptions.Read(RouterTests.Settings("API_KEY=a-long-random-value-1;HOST=0.0.0.0"), FakeProvider.Four, onAzure: true);
        reading.Errors.ShouldBeEmpty();
        reading.Options.CallerKeyProblem.ShouldBeNull();
        reading.Options.ApiKey.ShouldBe("a-long-random-value-1");
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("WEBSITE_INSTANCE_ID=", false)]
    [InlineData("WEBSITE_INSTANCE_ID=1", true)]
    [InlineData("WEBSITE_SITE_NAME=app", true)]
    [InlineData("FUNCTIONS_WORKER_RUNTIME=dotnet-isolated", true)]
    [InlineData("FUNCTIONS_WORKER_RUNTIME=dotnet-isolated;AZURE_FUNCTIONS_ENVIRONMENT=Production", true)]
    [InlineData("FUNCTIONS_WORKER_RUNTIME=dotnet-isolated;AZURE_FUNCTIONS_ENVIRONMENT=Development", false)]
    [InlineData("WEBSITE_INSTANCE_ID=1;FUNCTIONS_WORKER_RUNTIME=dotnet-isolated;AZURE_FUNCTIONS_ENVIRONMENT=Development", true)]
    public void Azure_is_known_by_its_variables(string settings, bool expected) => GatewaySettings.IsOnAzure(RouterTests.Settings(settings)).ShouldBe(expected);

    [Fact]
    public void The_table_names_every_setting_once_with_a_meaning()
    {
        var all = GatewaySettings.All.Concat(GatewaySettings.Of(FakeProvider.Four)).ToList();
        all.Select(setting => setting.Name).ShouldBeUnique();
        all.ShouldAllBe(setting => setting.Meaning.EndsWith('.') && setting.Name == setting.Name.ToUpperInvariant());
        all.Count(setting => setting.IsSecret).ShouldBe(6);
        foreach (var setting in all.Where(setting => setting.Minimum is not null))
        {
            long.Parse(setting.Default!, CultureInfo.InvariantCulture).ShouldBeInRange(setting.Minimum!.Value, setting.Maximum!.Value, setting.Name);
        }
    }

    [Fact]
    public void Half_of_the_memory_that_the_process_may_use_is_for_large_buffers_unless_it_is_set() =>
        Good("").BufferLimit.ShouldBe(Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2, 16 * 1024 * 1024));

    internal static GatewayOptionsReading Read(string settings) => GatewayOptions.Read(RouterTests.Settings(settings), FakeProvider.Four, onAzure: false);

    private static GatewayOptions Good(string settings)
    {
        var reading = Read(settings);
        reading.Errors.ShouldBeEmpty();
        return reading.Options;
    }

    private static Dictionary<string, string> Values(GatewayOptions options) => new()
    {
        ["API_KEY"] = options.ApiKey!,
        ["HOST"] = options.Host,
        ["PORT"] = $"{options.Port}",
        ["KEY_VAULT_REFRESH_SECONDS"] = $"{options.KeyVaultRefresh.TotalSeconds}",
        ["MAX_REQUEST_BYTES"] = $"{options.MaxRequestBytes}",
        ["MAX_RESPONSE_BYTES"] = $"{options.MaxResponseBytes}",
        ["MAX_BUFFERED_BYTES"] = $"{options.MaxBufferedBytes}",
        ["MAX_CONCURRENT_REQUESTS"] = $"{options.MaxConcurrentRequests}",
        ["CONNECT_TIMEOUT_SECONDS"] = $"{options.ConnectTimeout.TotalSeconds}",
        ["FIRST_TOKEN_TIMEOUT_SECONDS"] = $"{options.FirstTokenTimeout.TotalSeconds}",
        ["STREAM_IDLE_TIMEOUT_SECONDS"] = $"{options.StreamIdleTimeout.TotalSeconds}",
        ["REQUEST_TIMEOUT_SECONDS"] = $"{options.RequestTimeout.TotalSeconds}",
        ["KEEP_ALIVE_SECONDS"] = $"{options.KeepAlive.TotalSeconds}",
        ["SHUTDOWN_SECONDS"] = $"{options.Shutdown.TotalSeconds}",
        ["ACCEPT_KEY_IN_URL"] = options.AcceptsKeyInUrl ? "1" : "0",
        ["CACHE_STORE"] = "memory",
        ["CACHE_MAX_BYTES"] = $"{options.CacheMaxBytes}",
        ["CACHE_MAX_ENTRY_BYTES"] = $"{options.CacheMaxEntryBytes}",
        ["CACHE_TIMEOUT_MILLISECONDS"] = $"{options.CacheTimeout.TotalMilliseconds}",
        ["STATE_TIMEOUT_MILLISECONDS"] = $"{options.StateTimeout.TotalMilliseconds}",
        ["HOT_REQUESTS_PER_SECOND"] = $"{options.HotRequestsPerSecond}",
        ["HANG_UP_DRAIN_SECONDS"] = $"{options.HangUpDrain.TotalSeconds}",
        ["USAGE_RETENTION_DAYS"] = $"{options.UsageRetentionDays}",
    };
}
