using Nano.Functions.Tests.Hosting;
using Nano.LocalHost.Tests.Hosting;

namespace Nano.Functions.Tests;

/// <summary>With invalid settings, the worker starts nevertheless and reports what is wrong with them.</summary>
public sealed class SettingsTests
{
    private const string Hello = """{"model":"nano/echo","messages":[{"role":"user","content":"Hello"}]}""";

    public sealed class Mistaken : BothHosts
    {
        protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream))
        {
            ["MAX_REQUEST_BYTES"] = "lots",
            ["OPENAI_BASE_URL"] = "ftp://secret-in-the-wrong-place",
            // Only LocalHost has SQLite.
            ["STATE_STORE"] = "sqlite:nano.db",
            ["NANO_CONFIG"] = """{"models":{"fast":{"targets":[{"model":"secret-in-the-wrong-place"}]}}}""",
        };
    }

    public sealed class Keyless : BothHosts
    {
        protected override Dictionary<string, string> Settings(string upstream)
        {
            var settings = base.Settings(upstream);
            settings.Remove("API_KEY");
            settings.Remove("AZURE_FUNCTIONS_ENVIRONMENT");
            settings["WEBSITE_INSTANCE_ID"] = "1";
            return settings;
        }
    }

    public sealed class WithMistakes(Mistaken hosts) : IClassFixture<Mistaken>
    {
        private static readonly string[] Mistakes =
        [
            "MAX_REQUEST_BYTES must be", "OPENAI_BASE_URL is not", "STATE_STORE: the Functions app contains no SQLite. Use table:",
            "NANO_CONFIG: /models/fast/targets/0/model must name a model",
        ];

        [Theory]
        [InlineData("POST", "/v1/chat/completions", Hello)]
        [InlineData("GET", "/v1/models")]
        [InlineData("GET", "/nowhere")]
        public async Task Every_call_is_a_503_that_lists_them(string method, string path, string? body = null)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Headers = { Authorization = BothHosts.Authorization } };
            if (body is not null) request.Content = new StringContent(body);
            var reply = await ReadAsync(hosts, request);
            ((int)reply.Status).ShouldBe(503);
            reply.Error().GetProperty("code").GetString().ShouldBe("gateway_not_configured");
            ShouldTell(reply.Error().GetProperty("message").GetString()!);
        }

        [Fact]
        public async Task It_is_alive_and_not_ready()
        {
            ((int)(await ReadAsync(hosts, new HttpRequestMessage(HttpMethod.Get, "/healthz"))).Status).ShouldBe(200);
            var ready = await ReadAsync(hosts, new HttpRequestMessage(HttpMethod.Get, "/readyz"));
            ((int)ready.Status).ShouldBe(503);
            ready.Json.GetProperty("status").GetString().ShouldBe("not ready");
            ready.Json.GetProperty("settings").GetArrayLength().ShouldBe(Mistakes.Length);
            ShouldTell(ready.Text);
        }

        [Fact]
        public async Task The_log_has_each_mistake_once_with_a_call_so_that_the_host_keeps_it()
        {
            for (var i = 0; i < 3; i++) await ReadAsync(hosts, new HttpRequestMessage(HttpMethod.Get, "/v1/models"));
            var lines = hosts.Logs.Where(log => log.Level == 5).ToList();
            lines.Count.ShouldBe(Mistakes.Length);
            lines.ShouldAllBe(line => line.InvocationId.Length > 0);
            ShouldTell(string.Join('\n', lines.Select(line => line.Message)));
            ShouldTell(string.Join('\n', hosts.Output));
        }

        private static void ShouldTell(string text)
        {
            foreach (var mistake in Mistakes) text.ShouldContain(mistake);
            text.ShouldNotContain("secret-in-the-wrong-place");
            text.ShouldNotContain("lots");
        }
    }

    public sealed class InAzureWithoutAKey(Keyless hosts) : IClassFixture<Keyless>
    {
        [Theory]
        [InlineData("Nano")]
        [InlineData("anything")]
        public async Task Every_caller_is_refused(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
            request.Headers.Authorization = new("Bearer", key);
            var reply = await ReadAsync(hosts, request);
            ((int)reply.Status).ShouldBe(503, Said(hosts, reply));
            reply.Error().GetProperty("message").GetString()!.ShouldContain("Set the app setting API_KEY");
        }

        [Fact]
        public async Task It_is_alive_and_not_ready()
        {
            ((int)(await ReadAsync(hosts, new HttpRequestMessage(HttpMethod.Get, "/healthz"))).Status).ShouldBe(200);
            var ready = await ReadAsync(hosts, new HttpRequestMessage(HttpMethod.Get, "/readyz"));
            ((int)ready.Status).ShouldBe(503, Said(hosts, ready));
        }
    }

    private static string Said(BothHosts hosts, GatewayReply reply) =>
        string.Join('\n', [reply.Text, .. hosts.Logs.Select(log => log.Message), .. hosts.HostLogs.Select(log => log.ToString()), .. hosts.Output]);

    private static async Task<GatewayReply> ReadAsync(BothHosts hosts, HttpRequestMessage request)
    {
        using (request)
        using (var response = await BothHosts.SendAsync(hosts.Functions, request)) return await GatewayReply.ReadAsync(response);
    }
}
