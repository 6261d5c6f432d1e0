namespace Nano.Errors;

/// <summary>
/// Classifies a failed attempt. The conditions of fallbacks (<c>on</c> in nano.json) name these classes, and they decide
/// about retries. Flags, so that a set of them is one value.
/// </summary>
[Flags]
internal enum FailureClass
{
    None = 0,
    /// <summary>The provider limits the rate: a 429 that ends within a minute or so.</summary>
    RateLimit = 1,
    /// <summary>The account has no credit or quota left: no wait helps.</summary>
    Quota = 2,
    /// <summary>The provider failed, is overloaded or cannot be reached, or its response broke off before content.</summary>
    Unavailable = 4,
    /// <summary>A time limit passed. The request may have been served.</summary>
    Timeout = 8,
    /// <summary>The provider's key is refused or missing.</summary>
    Key = 16,
    /// <summary>The provider does not have the model.</summary>
    NotFound = 32,
    /// <summary>The request is longer than the model's context.</summary>
    ContextLength = 64,
    /// <summary>The provider's filter refused the content.</summary>
    ContentFilter = 128,
    /// <summary>The model or its dialect cannot do what the request asks for.</summary>
    Unsupported = 256,
    /// <summary>The request contains reasoning state that this deployment did not make.</summary>
    State = 512,
    /// <summary>Any other refusal of the request itself.</summary>
    Rejected = 1024,
    /// <summary>A failure of the gateway itself: another deployment would fail as well.</summary>
    Gateway = 2048,
}

/// <summary>The names of the classes, as nano.json and records contain them.</summary>
internal static class FailureClasses
{
    /// <summary>What a fallback takes over when it names no conditions.</summary>
    public const FailureClass Default = FailureClass.RateLimit | FailureClass.Quota | FailureClass.Unavailable | FailureClass.Timeout | FailureClass.Key | FailureClass.NotFound;

    private static readonly (FailureClass Class, string Name)[] Names =
    [
        .. Enum.GetValues<FailureClass>().Where(item => item != FailureClass.None).Select(item => (item, GatewayErrorKinds.Snake(item.ToString()))),
    ];

    /// <summary>What nano.json may name: all but <see cref="FailureClass.Gateway"/>.</summary>
    public static IReadOnlyList<string> Conditions { get; } = [.. Names.Where(item => item.Class != FailureClass.Gateway).Select(item => item.Name)];

    public static string Name(FailureClass one) => Array.Find(Names, item => item.Class == one).Name ?? "";

    /// <summary><see cref="FailureClass.None"/> for an unknown name.</summary>
    public static FailureClass Parse(string name) => Array.Find(Names, item => item.Name == name).Class;
}
