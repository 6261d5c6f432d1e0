using Microsoft.AspNetCore.Http;
using Nano.Configuration;
using Nano.Panel;

namespace Nano.Tests.Panel;

public sealed class BaseUrlTests
{
    [Theory]
    [InlineData("https://llm.example.com", "https://llm.example.com/v1")]
    [InlineData("https://llm.example.com/v1/", "https://llm.example.com/v1")]
    [InlineData("https://llm.example.com/V1", "https://llm.example.com/v1")]
    [InlineData("https://llm.example.com/nano/", "https://llm.example.com/nano/v1")]
    public void The_base_URL_ends_with_one_version(string endpoint, string expected) =>
        BaseUrl.Of(new DefaultHttpContext().Request, new GatewayOptions { CustomEndpointUrl = new Uri(endpoint) }).ShouldBe(expected);
}
