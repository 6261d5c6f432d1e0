using Nano.Dialects.Shared;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>Of the extras of other dialects' requests Chat can express none.</summary>
internal static class RequestExtraRules
{
    public static readonly ExtraTable Table = new ExtraTable(DialectNames.OpenAIChat).ForOthers(ExtraRules.None);
}
