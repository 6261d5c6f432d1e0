using Azure.Core;
using Azure.Identity;

namespace Nano.Secrets;

/// <summary>The gateway's identity in Azure. No Azure library is loaded before this is called.</summary>
internal static class AzureSignIn
{
    /// <param name="onAzure">Signs in only as the app's managed identity, never with developer tools.</param>
    public static TokenCredential Create(bool onAzure)
    {
        // In Azure, developer credentials are missing, and trying them takes seconds.
        var options = new DefaultAzureCredentialOptions
        {
            ExcludeVisualStudioCredential = onAzure,
            ExcludeVisualStudioCodeCredential = onAzure,
            ExcludeAzureCliCredential = onAzure,
            ExcludeAzurePowerShellCredential = onAzure,
            ExcludeAzureDeveloperCliCredential = onAzure,
            ExcludeInteractiveBrowserCredential = true,
            ExcludeBrokerCredential = true,
        };
        Hush(options.Diagnostics);
        options.Diagnostics.IsAccountIdentifierLoggingEnabled = false;
        return new DefaultAzureCredential(options);
    }

    /// <summary>No content is logged or traced.</summary>
    public static void Hush(DiagnosticsOptions diagnostics)
    {
        diagnostics.IsLoggingContentEnabled = false;
        diagnostics.IsDistributedTracingEnabled = false;
        diagnostics.IsTelemetryEnabled = false;
    }

    /// <summary>Entra's code (<c> (AADSTS700016)</c>), which can be looked up; the surrounding text names tenants and accounts.</summary>
    public static string Code(Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            var at = cause.Message.IndexOf("AADSTS", StringComparison.Ordinal);
            if (at < 0) continue;
            var end = at + 6;
            while (end < cause.Message.Length && char.IsAsciiDigit(cause.Message[end])) end++;
            return $" ({cause.Message[at..end]})";
        }
        return "";
    }
}
