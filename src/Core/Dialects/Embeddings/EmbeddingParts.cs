namespace Nano.Dialects.Embeddings;

/// <summary>Splits a request into requests that a provider accepts.</summary>
internal static class EmbeddingParts
{
    /// <param name="max">The maximum number of inputs per part.</param>
    public static IReadOnlyList<EmbeddingPart> Split(EmbeddingRequest request, int max)
    {
        var inputs = request.Inputs;
        var parts = new List<EmbeddingPart>(inputs.Count / max + 1);
        for (var start = 0; start < inputs.Count;)
        {
            var end = start + 1;
            while (end < inputs.Count && end - start < max && inputs[end].Options == inputs[start].Options) end++;
            parts.Add(new EmbeddingPart(request, start, end - start));
            start = end;
        }
        return parts;
    }
}
