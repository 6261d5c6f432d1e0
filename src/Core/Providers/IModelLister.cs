namespace Nano.Providers;

/// <summary>How a provider lists its models. Stateless.</summary>
internal interface IModelLister
{
    /// <summary>
    /// The address of a free GET that returns JSON for a valid key: the panel's status check. Null if this base URL has no free
    /// request.
    /// </summary>
    /// <param name="baseUrl">Without a trailing slash.</param>
    Uri? CheckAddress(string baseUrl);

    /// <summary>The list's format; null if the list does not contain the names that requests use.</summary>
    ModelListForm? Form { get; }
}

/// <summary>A list at a fixed path after the base URL.</summary>
/// <param name="CheckPath">See <see cref="IModelLister.CheckAddress"/>.</param>
internal sealed record PathLister(string CheckPath, ModelListForm? Form) : IModelLister
{
    public Uri CheckAddress(string baseUrl) => new(baseUrl + CheckPath);
}
