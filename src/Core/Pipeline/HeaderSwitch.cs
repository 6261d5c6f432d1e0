using Microsoft.AspNetCore.Http;
using Nano.Errors;

namespace Nano.Pipeline;

/// <summary>A request header that switches something on.</summary>
internal static class HeaderSwitch
{
    /// <summary>Off if the header is missing or empty. Returns an error for any value other than <c>true</c> and <c>false</c>.</summary>
    public static GatewayError? Read(IHeaderDictionary headers, string name, out bool isOn)
    {
        isOn = false;
        var header = headers[name];
        if (header.Count == 0) return null;
        var value = header.ToString();
        isOn = value.Equals("true", StringComparison.OrdinalIgnoreCase);
        return isOn || value.Length == 0 || value.Equals("false", StringComparison.OrdinalIgnoreCase) ? null : GatewayError.Invalid($"{name} must be 'true' or 'false'.", name);
    }
}
