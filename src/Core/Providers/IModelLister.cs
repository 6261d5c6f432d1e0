namespace Nano.Providers;

/// <summary>How a provider lists its models. Stateless.</summary>
internal interface IModelLister
{
    /// <summary>
    /// A GET that costs nothing and has a JSON response for a valid key: the status check of the panel. Null where nothing free
    /// can be asked at this base URL.
    /// </summary>
    /// <param name="baseUrl">Without a trailing slash.</param>
    Uri? CheckAddress(string baseUrl);

    /// <summary>How the list is written; null for one that does not contain the names that requests take.</summary>
    ModelListForm? Form { get; }
}

/// <summary>A list at a fixed path after the base URL.</summary>
/// <param name="CheckPath">See <see cref="IModelLister.CheckAddress"/>.</param>
internal sealed record PathLister(string CheckPath, ModelListForm? Form) : IModelLister
{
    public Uri CheckAddress(string baseUrl) => new(baseUrl + CheckPath);
}
