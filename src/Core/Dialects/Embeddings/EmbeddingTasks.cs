namespace Nano.Dialects.Embeddings;

/// <summary>The names of tasks in each API.</summary>
internal static class EmbeddingTasks
{
    /// <summary>
    /// A task by any API's name: OpenAI-compatible <c>input_type</c> (NVIDIA, Voyage), Cohere's <c>input_type</c>, Jina's <c>task</c> and
    /// Google's <c>taskType</c>.
    /// </summary>
    public static EmbeddingTask Read(string? word) => word?.ToLowerInvariant() switch
    {
        null or "" or "task_type_unspecified" => EmbeddingTask.None,
        "query" or "search_query" or "retrieval.query" or "retrieval_query" => EmbeddingTask.Query,
        "document" or "passage" or "search_document" or "retrieval.passage" or "retrieval_document" or "code.passage" => EmbeddingTask.Document,
        "text-matching" or "semantic_similarity" or "similarity" => EmbeddingTask.Similarity,
        "classification" => EmbeddingTask.Classification,
        "clustering" or "separation" => EmbeddingTask.Clustering,
        "question_answering" => EmbeddingTask.QuestionAnswering,
        "fact_verification" => EmbeddingTask.FactVerification,
        "code.query" or "code_retrieval_query" => EmbeddingTask.CodeQuery,
        _ => EmbeddingTask.Other,
    };

    /// <summary>ai.google.dev/api/embeddings, "TaskType".</summary>
    public static string? Google(EmbeddingTask task) => task switch
    {
        EmbeddingTask.Query => "RETRIEVAL_QUERY",
        EmbeddingTask.Document => "RETRIEVAL_DOCUMENT",
        EmbeddingTask.Similarity => "SEMANTIC_SIMILARITY",
        EmbeddingTask.Classification => "CLASSIFICATION",
        EmbeddingTask.Clustering => "CLUSTERING",
        EmbeddingTask.QuestionAnswering => "QUESTION_ANSWERING",
        EmbeddingTask.FactVerification => "FACT_VERIFICATION",
        EmbeddingTask.CodeQuery => "CODE_RETRIEVAL_QUERY",
        _ => null,
    };

    /// <summary>docs.cohere.com/reference/embed.</summary>
    public static string? Cohere(EmbeddingTask task) => task switch
    {
        EmbeddingTask.Query => "search_query",
        EmbeddingTask.Document => "search_document",
        EmbeddingTask.Classification => "classification",
        EmbeddingTask.Clustering => "clustering",
        _ => null,
    };

    /// <summary>docs.voyageai.com/reference/embeddings-api.</summary>
    public static string? Voyage(EmbeddingTask task) => task switch
    {
        EmbeddingTask.Query => "query",
        EmbeddingTask.Document => "document",
        _ => null,
    };

    /// <summary>docs.nvidia.com/nim, "Embeddings".</summary>
    public static string? Nvidia(EmbeddingTask task) => task switch
    {
        EmbeddingTask.Query => "query",
        EmbeddingTask.Document => "passage",
        _ => null,
    };

    /// <summary>jina.ai/embeddings, "task".</summary>
    public static string? Jina(EmbeddingTask task) => task switch
    {
        EmbeddingTask.Query => "retrieval.query",
        EmbeddingTask.Document => "retrieval.passage",
        EmbeddingTask.Similarity => "text-matching",
        EmbeddingTask.Classification => "classification",
        EmbeddingTask.Clustering => "separation",
        EmbeddingTask.CodeQuery => "code.query",
        _ => null,
    };
}
