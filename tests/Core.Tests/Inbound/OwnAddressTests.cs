using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Nano.Tests.Routing;

namespace Nano.Tests.Inbound;

/// <summary>The variables that point a client at the gateway are settings of the gateway, too: it must not use itself as a provider.</summary>
public sealed class OwnAddressTests
{
    private const string Advice = " Remove it where the gateway starts, or set it to the provider's address. Set variables that clients read (an agent's base URL and key) only in the client's command.";

    [Theory]
    [InlineData("ANTHROPIC_BASE_URL=http://127.0.0.1:7071", "ANTHROPIC_BASE_URL", "Anthropic")]
    [InlineData("ANTHROPIC_BASE_URL=http://localhost:7071/", "ANTHROPIC_BASE_URL", "Anthropic")]
    [InlineData("OPENAI_BASE_URL=http://localhost:7071/v1", "OPENAI_BASE_URL", "OpenAI")]
    [InlineData("OPENAI_BASE_URL=https://nano.localhost:7071/any/path", "OPENAI_BASE_URL", "OpenAI")]
    [InlineData("OPENAI_BASE_URL=http://[::ffff:127.0.0.1]:7071/v1", "OPENAI_BASE_URL", "OpenAI")]
    [InlineData("OPENAI_BASE_URL=http://localhost:8080/v1;PORT=8080", "OPENAI_BASE_URL", "OpenAI")]
    [InlineData("CUSTOM_MINE_BASE_URL=http://localhost:7071/v1", "CUSTOM_MINE_BASE_URL", "mine")]
    [InlineData("OLLAMA_BASE_URL=http://127.0.0.1:7071/v1", "OLLAMA_BASE_URL", "Ollama")]
    [InlineData("AZURE_BASE_URL=http://localhost:7071/openai/v1", "AZURE_BASE_URL", "Azure OpenAI")]
    [InlineData("OPENAI_BASE_URL=http://[::1]:7071/v1;HOST=::1", "OPENAI_BASE_URL", "OpenAI")]
    [InlineData("OPENAI_BASE_URL=http://127.0.0.1:7071/v1;HOST=*;API_KEY=a-long-random-value-1", "OPENAI_BASE_URL", "OpenAI")]
    [InlineData("OPENAI_BASE_URL=http://127.0.0.1:7071/v1;HOST=0.0.0.0;API_KEY=a-long-random-value-1", "OPENAI_BASE_URL", "OpenAI")]
    [InlineData("OPENAI_BASE_URL=http://10.1.2.3:7071/v1;HOST=10.1.2.3;API_KEY=a-long-random-value-1", "OPENAI_BASE_URL", "OpenAI")]
    // The public address, behind a proxy.
    [InlineData("OPENAI_BASE_URL=https://LLM.example.com/v1/;CUSTOM_ENDPOINT_URL=https://llm.example.com;API_KEY=a-long-random-value-1", "OPENAI_BASE_URL", "OpenAI")]
    [InlineData("ANTHROPIC_BASE_URL=https://llm.example.com/nano;CUSTOM_ENDPOINT_URL=https://llm.example.com/nano/;API_KEY=a-long-random-value-1", "ANTHROPIC_BASE_URL", "Anthropic")]
    // At another form of the gateway's paths.
    [InlineData("CUSTOM_MINE_BASE_URL=https://llm.example.com/v1beta/openai;CUSTOM_ENDPOINT_URL=https://llm.example.com;API_KEY=a-long-random-value-1", "CUSTOM_MINE_BASE_URL", "mine")]
    [InlineData("AZURE_BASE_URL=https://llm.example.com/nano/openai/v1;CUSTOM_ENDPOINT_URL=https://llm.example.com/nano;API_KEY=a-long-random-value-1", "AZURE_BASE_URL", "Azure OpenAI")]
    [InlineData("ANTHROPIC_BASE_URL=https://llm.example.com/anthropic;CUSTOM_ENDPOINT_URL=https://llm.example.com;API_KEY=a-long-random-value-1", "ANTHROPIC_BASE_URL", "Anthropic")]
    // The public address may have the version of clients' base URLs.
    [InlineData("ANTHROPIC_BASE_URL=https://llm.example.com;CUSTOM_ENDPOINT_URL=https://llm.example.com/v1;API_KEY=a-long-random-value-1", "ANTHROPIC_BASE_URL", "Anthropic")]
    // A proxy on this machine.
    [InlineData("OPENAI_BASE_URL=http://localhost:8000/v1;CUSTOM_ENDPOINT_URL=http://localhost:8000", "OPENAI_BASE_URL", "OpenAI")]
    [InlineData("OPENAI_BASE_URL=http://localhost:8000/v1;CUSTOM_ENDPOINT_URL=http://localhost:8000;HOST=*;API_KEY=a-long-random-value-1", "OPENAI_BASE_URL", "OpenAI")]
    [InlineData("OPENAI_BASE_URL=http://127.0.0.1:8000/v1;CUSTOM_ENDPOINT_URL=http://localhost:8000;HOST=0.0.0.0;API_KEY=a-long-random-value-1", "OPENAI_BASE_URL", "OpenAI")]
    [InlineData("OPENAI_BASE_URL=http://[::1]:8000/v1;CUSTOM_ENDPOINT_URL=http://127.0.0.1:8000;HOST=::;API_KEY=a-long-random-value-1", "OPENAI_BASE_URL", "OpenAI")]
    [InlineData("OPENAI_BASE_URL=http://localhost:8000/v1;CUSTOM_ENDPOINT_URL=http://[::1]:8000;HOST=10.1.2.3;API_KEY=a-long-random-value-1", "OPENAI_BASE_URL", "OpenAI")]
    [InlineData("OPENAI_BASE_URL=http://ip6-localhost:8000/v1;CUSTOM_ENDPOINT_URL=https://localhost.:8000;HOST=*;API_KEY=a-long-random-value-1", "OPENAI_BASE_URL", "OpenAI")]
    // In a container, whose host has the gateway at this port.
    [InlineData("OPENAI_BASE_URL=http://host.docker.internal:8000/v1;CUSTOM_ENDPOINT_URL=http://localhost:8000;HOST=*;API_KEY=a-long-random-value-1;DOTNET_RUNNING_IN_CONTAINER=true", "OPENAI_BASE_URL", "OpenAI")]
    // A Functions host reports where it listens.
    [InlineData("OPENAI_BASE_URL=https://func-nano.azurewebsites.net/v1;WEBSITE_HOSTNAME=func-nano.azurewebsites.net", "OPENAI_BASE_URL", "OpenAI")]
    [InlineData("OPENAI_BASE_URL=http://127.0.0.1:7072/v1;WEBSITE_HOSTNAME=localhost:7072", "OPENAI_BASE_URL", "OpenAI")]
    [InlineData("OPENAI_BASE_URL=http://localhost:7071/v1;WEBSITE_HOSTNAME=0.0.0.0:7071", "OPENAI_BASE_URL", "OpenAI")]
    // A provider instance.
    [InlineData("""NANO_CONFIG={"providers":{"loop":{"type":"openai","base_url":"http://localhost:7071/v1"}}}""", "base_url of 'loop' in nano.json", "OpenAI (loop)")]
    [InlineData("""NANO_CONFIG={"providers":{"loop":{"type":"anthropic"}}};LOOP_BASE_URL=http://localhost:7071""", "LOOP_BASE_URL", "Anthropic (loop)")]
    // An instance without an address has that of its type's setting, and both mean one mistake.
    [InlineData("""NANO_CONFIG={"providers":{"loop":{"type":"openai"}}};OPENAI_BASE_URL=http://localhost:7071/v1""", "OPENAI_BASE_URL", "OpenAI")]
    public void The_gateway_does_not_start_with_its_own_address_as_a_base_url(string settings, string source, string provider) =>
        Errors(settings).ShouldBe([$"{source} is an address of this gateway, so requests to {provider} would come back to it.{Advice}"]);

    [Fact]
    public void The_names_and_addresses_of_this_machine_are_the_gateways_own_if_it_listens_on_all()
    {
        var addresses = NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(own => own.Address).Where(address => address.AddressFamily == AddressFamily.InterNetwork).Select(address => address.ToString());
        foreach (var host in addresses.Append(Environment.MachineName).Append(Environment.MachineName + ".local"))
        {
            Errors($"OPENAI_BASE_URL=https://{host}:7071/v1;HOST=*;API_KEY=a-long-random-value-1").ShouldHaveSingleItem(host).ShouldStartWith("OPENAI_BASE_URL is an address of this gateway");
            // The same at a proxy on this machine.
            Errors($"OPENAI_BASE_URL=https://{host}:8000/v1;CUSTOM_ENDPOINT_URL=https://localhost:8000;HOST=*;API_KEY=a-long-random-value-1").ShouldHaveSingleItem(host);
        }
    }

    [Theory]
    [InlineData("ANTHROPIC_BASE_URL=http://127.0.0.1:7072")]
    [InlineData("OPENAI_BASE_URL=http://192.168.1.7:7071/v1")]
    [InlineData("OPENAI_BASE_URL=http://gpu.local:7071/v1")]
    [InlineData("OPENAI_BASE_URL=http://127.0.0.1:7071/v1;PORT=0")]
    [InlineData("OPENAI_BASE_URL=http://127.0.0.1:7071/v1;HOST=10.1.2.3;API_KEY=a-long-random-value-1")]
    [InlineData("OPENAI_BASE_URL=http://127.0.0.1:7071/v1;WEBSITE_HOSTNAME=localhost:7072")]
    // The examples of servers that are off are not base URLs.
    [InlineData("PORT=8000")]
    [InlineData("PORT=11434")]
    // nano.json has another address, which takes precedence.
    [InlineData("""NANO_CONFIG={"providers":{"openai":{"base_url":"http://localhost:7072/v1"}}};OPENAI_BASE_URL=http://localhost:7071/v1""")]
    // A proxy serves something else at another path.
    [InlineData("OLLAMA_BASE_URL=https://llm.example.com/ollama/v1;CUSTOM_ENDPOINT_URL=https://llm.example.com;API_KEY=a-long-random-value-1")]
    [InlineData("OLLAMA_BASE_URL=https://llm.example.com/openai/ollama/v1;CUSTOM_ENDPOINT_URL=https://llm.example.com;API_KEY=a-long-random-value-1")]
    [InlineData("OLLAMA_BASE_URL=https://llm.example.com/nano-2/v1;CUSTOM_ENDPOINT_URL=https://llm.example.com/nano;API_KEY=a-long-random-value-1")]
    // In a container: another server at the port at which the container's host has the gateway.
    [InlineData("VLLM_BASE_URL=http://localhost:8000/v1;HOST=*;CUSTOM_ENDPOINT_URL=http://localhost:8000;API_KEY=a-long-random-value-1;DOTNET_RUNNING_IN_CONTAINER=true")]
    [InlineData("VLLM_BASE_URL=http://host.docker.internal:8001/v1;HOST=*;CUSTOM_ENDPOINT_URL=http://localhost:8000;API_KEY=a-long-random-value-1;DOTNET_RUNNING_IN_CONTAINER=true")]
    [InlineData("VLLM_BASE_URL=http://localhost:8001/v1;HOST=*;CUSTOM_ENDPOINT_URL=http://localhost:8000;API_KEY=a-long-random-value-1")]
    [InlineData("OPENAI_BASE_URL=https://llm.example.com:8443/v1;CUSTOM_ENDPOINT_URL=https://llm.example.com;API_KEY=a-long-random-value-1")]
    public void Another_address_is_accepted(string settings) => Errors(settings).ShouldBeEmpty();

    [Theory]
    [InlineData("GEMINI_API_KEY=Nano", "GEMINI_API_KEY is the gateway's own key, which Google Gemini refuses.")]
    [InlineData("ANTHROPIC_API_KEY=a-long-random-value-1;API_KEY=a-long-random-value-1", "ANTHROPIC_API_KEY is the gateway's own key, which Anthropic refuses.")]
    [InlineData("ANTHROPIC_API_KEY=sk-1;OLLAMA_BASE_URL=http://localhost:11434/v1;OLLAMA_API_KEY=Nano;OPENAI_BASE_URL=http://localhost:7072/v1;OPENAI_API_KEY=Nano", null)]
    public void A_providers_key_that_is_the_gateways_own_causes_a_warning(string settings, string? warning)
    {
        var warnings = new ServiceCollection().AddGateway(RouterTests.Settings(settings)).Warnings;
        if (warning is null) warnings.ShouldBeEmpty();
        else warnings.ShouldHaveSingleItem().ShouldStartWith(warning);
    }

    private static string[] Errors(string settings) => [.. new ServiceCollection().AddGateway(RouterTests.Settings(settings)).Errors];
}
