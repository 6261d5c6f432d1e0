using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Nano.Pipeline;

namespace Nano.Export;

/// <summary>Notes when each request arrives, before all else that handles it: in a Functions worker, before it waits for the host's invocation.</summary>
internal sealed class ArrivalFilter(TimeProvider time) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(following => context =>
        {
            context.Features.Set(new Arrival(time.GetTimestamp()));
            return following(context);
        });
        next(app);
    };
}
