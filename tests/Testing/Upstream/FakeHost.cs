using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Nano.Testing.Upstream;

/// <summary>
/// The host of a fake server: Kestrel and nothing else. The other builders watch their settings files, and a user has few such
/// watches (on Linux 128 inotify instances), which other programs may have taken: tests then fail that start many servers.
/// </summary>
public static class FakeHost
{
    public static WebApplicationBuilder CreateBuilder()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        return builder;
    }
}
