using Nano.Dialects.Embeddings;

namespace Nano.Providers.OpenAICompatible;

/// <summary>Providers that serve embedding models of their own, and no chat.</summary>
internal static class EmbeddingMakers
{
    public static IReadOnlyList<CompatibleProvider> All =>
    [
        new()
        {
            Id = "voyage",
            DisplayName = "Voyage AI",
            BaseUrl = "https://api.voyageai.com/v1",
            ModelPrefixes = ["voyage-"],
            HasChat = false,
            CheckPath = null,
            ModelList = null,
            Embeddings = new()
            {
                MaxInputs = 1000,
                DimensionsMember = "output_dimension",
                TextOnly = true,
                RefusesUser = true,
                TaskMember = "input_type",
                TaskWord = EmbeddingTasks.Voyage,
                TruncateMember = "truncation",
                UsageWithoutPromptTokens = true,
            },
            Source = "docs.voyageai.com/reference/embeddings-api; recordings (voyage-embeddings-one-error-6587be)",
        },
        new()
        {
            Id = "jina",
            DisplayName = "Jina AI",
            BaseUrl = "https://api.jina.ai/v1",
            ModelPrefixes = ["jina-"],
            HasChat = false,
            CheckPath = null,
            ModelList = null,
            Embeddings = new()
            {
                EncodingMember = "embedding_type",
                TextOnly = true,
                RefusesUser = true,
                TaskMember = "task",
                TaskWord = EmbeddingTasks.Jina,
                TruncateMember = "truncate",
            },
            Source = "jina.ai/embeddings; llamaindex.ai, Jina Embeddings",
        },
    ];
}
