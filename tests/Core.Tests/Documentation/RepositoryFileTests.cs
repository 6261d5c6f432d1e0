using System.Text.Json;
using System.Text.RegularExpressions;
using Nano.Configuration;
using Nano.Inbound;
using Nano.Testing;

namespace Nano.Tests.Documentation;

/// <summary>The dev container and the tools of the repository agree with the code.</summary>
public partial class RepositoryFileTests
{
    [Fact]
    public void The_dev_container_has_the_SDK_of_global_json_and_forwards_the_port()
    {
        var container = Json(".devcontainer/devcontainer.json");
        var major = Json("global.json").GetProperty("sdk").GetProperty("version").GetString()!.Split('.')[0];
        container.GetProperty("image").GetString().ShouldEndWith($"-{major}.0");
        var port = GatewaySettings.All.Single(setting => setting.Name == GatewaySettings.Port).Default!;
        container.GetProperty("forwardPorts").EnumerateArray().Select(value => value.GetRawText()).ShouldBe([port]);
        container.GetProperty("portsAttributes").TryGetProperty(port, out _).ShouldBeTrue();
    }

    /// <summary>Everything that a command of the dev container runs is in the repository.</summary>
    [Fact]
    public void The_commands_of_the_dev_container_exist()
    {
        var container = Json(".devcontainer/devcontainer.json");
        var commands = new[] { "postCreateCommand", "postStartCommand" }.Select(name => container.GetProperty(name).GetString()!);
        commands.SelectMany(command => RepositoryPath().Matches(command).Select(match => match.Value)).ToList()
            .ShouldBe([".devcontainer/setup.sh", "src/LocalHost"]);
        foreach (var path in (string[])[".devcontainer/setup.sh", "src/LocalHost"]) Path.Exists(Path.Combine(WireCorpus.RepositoryRoot, path)).ShouldBeTrue(path);
    }

    [Fact]
    public void Tools_have_exact_versions() =>
        Json(".config/dotnet-tools.json").GetProperty("tools").EnumerateObject()
        .ShouldAllBe(tool => Version.Parse(tool.Value.GetProperty("version").GetString()!) > new Version(1, 0));

    /// <summary>A script that waits for a route that does not exist waits in vain.</summary>
    [Fact]
    public void The_routes_that_scripts_ask_for_exist()
    {
        var asked = Directory.EnumerateFiles(Path.Combine(WireCorpus.RepositoryRoot, "scripts"), "*.sh").SelectMany(file => OwnAddress().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value).ToList();
        asked.ShouldNotBeEmpty();
        asked.ShouldBeSubsetOf(GatewayRoutes.All.Select(route => route.Pattern));
    }

    private static JsonElement Json(string file) => JsonDocument.Parse(File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, file))).RootElement;

    [GeneratedRegex(@"(?<=^|\s)(?:\.devcontainer|src|scripts)/\S+")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex("(?<=127\\.0\\.0\\.1:\\$port)(/[a-z0-9/]+)")]
    private static partial Regex OwnAddress();
}
