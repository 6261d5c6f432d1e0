using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Nano.Testing.Upstream;

/// <summary>
/// The host of a fake server: only Kestrel. The other builders watch their settings files, and the number of such
/// watches per user is limited (on Linux 128 inotify instances); if other programs use them, tests that start many servers fail.
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
