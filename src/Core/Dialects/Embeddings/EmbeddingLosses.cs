using Nano.Chat;

namespace Nano.Dialects.Embeddings;

/// <summary>Members that a provider's API can express.</summary>
[Flags]
internal enum EmbeddingMembers
{
    None = 0,
    Dimensions = 1,
    Task = 2,
    Title = 4,
    Truncate = 8,
    User = 16,
}

/// <summary>Reports the members of a request that a provider's API cannot express, by the caller's names.</summary>
internal static class EmbeddingLosses
{
    /// <param name="own">The name of the provider's API, which receives its own extras unchanged.</param>
    /// <param name="isGemini">The provider accepts contents with several parts.</param>
    public static void Name(in EmbeddingPart part, EmbeddingMembers carried, string own, LossReport losses, bool isGemini = false)
    {
        var options = part.Options;
        var names = part.Request.Names;
        if (options.Dimensions is not null && !carried.HasFlag(EmbeddingMembers.Dimensions)) losses.Drop(names.Dimensions);
        if (options.TaskWord is not null && !carried.HasFlag(EmbeddingMembers.Task)) losses.Drop(options.TaskMember);
        if (options.Title is not null && !carried.HasFlag(EmbeddingMembers.Title)) losses.Drop(names.Title);
        if (options.Truncate is not null && !carried.HasFlag(EmbeddingMembers.Truncate)) losses.Drop(names.Truncate);
        if (part.Request.User.IsPresent && !carried.HasFlag(EmbeddingMembers.User)) losses.Drop("user");
        losses.DropExtras(part.Request.Extras, own, "");
        for (var i = 0; i < part.Count && !isGemini; i++)
            if (part[i].IsGeminiContent) losses.Emulate("content.parts");
    }
}
