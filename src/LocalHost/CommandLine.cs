using System.Reflection;

namespace Nano.LocalHost;

/// <summary>The arguments of the process. The gateway itself takes none: everything is configured by settings.</summary>
internal static class CommandLine
{
    private const string Help = """
        Nano, a gateway for large language models.

        Usage: nano-gateway [--help | --version]

        Without arguments it serves on http://localhost:7071 until it is stopped. A setting comes from the first of these that has it:
          environment variables         API_KEY, OPENAI_API_KEY, HOST, PORT, ...
          .env                          in the current folder, or above it in its repository
          local.settings.json           the same
        Provider instances, aliases and policies come from nano.json, which is looked for in the same way. Without API_KEY the
        key is "Nano", on loopback only.

        The panel is at http://localhost:7071/access.
        """;

    /// <summary>The version of this build, as <c>1.2.3</c>.</summary>
    public static string Version =>
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    /// <summary>Handles arguments that do not start a gateway.</summary>
    /// <returns>The exit code: 0, or 2 for an argument that does not exist; null if the gateway is to start.</returns>
    public static int? Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors)
    {
        switch (arguments)
        {
            case []:
                return null;
            case ["--help" or "-h" or "-?"]:
                output.WriteLine(Help);
                return 0;
            case ["--version"]:
                output.WriteLine(Version);
                return 0;
            default:
                errors.WriteLine($"error: Unknown argument '{arguments[0]}'. Nano is configured by settings: run it with --help.");
                return 2;
        }
    }
}
