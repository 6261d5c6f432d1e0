namespace Nano.Inbound;

/// <summary>
/// Other forms of the inbound APIs' paths: clients differ in where they cut the base URL, and Azure OpenAI's and Google's own
/// OpenAI endpoints have prefixes. Only paths without a route of their own are looked at.
/// </summary>
internal static class PathForms
{
    /// <summary>Prefixes and their replacements, the longest first.</summary>
    private static readonly (string Prefix, string Meaning)[] Prefixes =
    [
        // Gemini's OpenAI-compatible endpoint (ai.google.dev/gemini-api/docs/openai).
        ("/v1beta/openai/", "/v1/"),
        // A base URL that already ends with the version that the client appends.
        ("/v1beta/v1beta/", "/v1beta/"),
        ("/v1/v1beta/", "/v1beta/"),
        ("/v1/v1/", "/v1/"),
        // Claude on Azure (learn.microsoft.com, "Deploy and use Claude models in Microsoft Foundry").
        ("/anthropic/v1/", "/v1/"),
        // Azure OpenAI: the v1 API, then the classic paths.
        ("/openai/v1/", "/v1/"),
        ("/openai/", "/v1/"),
    ];

    /// <summary>The first segments of paths that clients send without a version.</summary>
    private static readonly string[] Families = ["chat", "responses", "messages", "models", "embeddings"];

    /// <summary>
    /// The position of the deployment in Azure's classic paths. The last two are used by npm's <c>AzureOpenAI</c> with a custom base
    /// URL.
    /// </summary>
    private static readonly string[] DeploymentPrefixes = ["/openai/deployments/", "/v1/deployments/", "/deployments/"];

    /// <summary>Operations that Azure's classic paths have below a deployment.</summary>
    private static readonly string[] DeploymentOperations = ["/chat/completions", "/embeddings"];

    /// <summary>The path in the form of the route table; null when it is not another form of one.</summary>
    /// <param name="path">Decoded, except for <c>%2F</c>.</param>
    /// <param name="deployment">The deployment that the path names, decoded; empty when it names none.</param>
    public static string? Canonical(string path, out string deployment)
    {
        deployment = "";
        if (path.Length < 2) return null;
        foreach (var prefix in DeploymentPrefixes)
        {
            if (!path.StartsWith(prefix, StringComparison.Ordinal)) continue;
            foreach (var operation in DeploymentOperations)
            {
                if (path.Length <= prefix.Length + operation.Length || !path.EndsWith(operation, StringComparison.Ordinal)) continue;
                deployment = path[prefix.Length..^operation.Length].Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
                return "/v1" + operation;
            }
            return null;
        }
        if (IsGeminiWithoutModels(path)) return "/v1beta/models/" + path["/v1beta/".Length..];
        foreach (var (prefix, meaning) in Prefixes)
            if (path.StartsWith(prefix, StringComparison.Ordinal)) return meaning + path[prefix.Length..];
        foreach (var family in Families)
            if (path.AsSpan(1).StartsWith(family, StringComparison.Ordinal) && (path.Length == family.Length + 1 || path[family.Length + 1] == '/')) return "/v1" + path;
        return null;
    }

    /// <summary>Whether the gateway serves the paths that clients append to this path of a base URL, with or without a version.</summary>
    /// <param name="path">Empty, or with a slash at its beginning and none at its end.</param>
    public static bool IsBase(string path) =>
        IsFormOf(GatewayRoutes.ChatCompletions, path + "/chat/completions") || IsFormOf(GatewayRoutes.ChatCompletions, path + GatewayRoutes.ChatCompletions)
        || IsFormOf(GatewayRoutes.GeminiModels, path + "/models");

    private static bool IsFormOf(string route, string path) => path == route || Canonical(path, out _) == route;

    /// <summary>npm <c>@ai-sdk/google</c> omits <c>models/</c> if the model's name has a slash.</summary>
    private static bool IsGeminiWithoutModels(string path) =>
        path.StartsWith("/v1beta/", StringComparison.Ordinal) && !path.StartsWith("/v1beta/models/", StringComparison.Ordinal)
        && !path.StartsWith("/v1beta/v1beta/", StringComparison.Ordinal)
        && (path.EndsWith(":generateContent", StringComparison.Ordinal) || path.EndsWith(":streamGenerateContent", StringComparison.Ordinal)
            || path.EndsWith(":countTokens", StringComparison.Ordinal) || path.EndsWith(":embedContent", StringComparison.Ordinal)
            || path.EndsWith(":batchEmbedContents", StringComparison.Ordinal));
}
