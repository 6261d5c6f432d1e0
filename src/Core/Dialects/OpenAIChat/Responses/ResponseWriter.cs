using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Responses;

/// <summary>Writes a whole response. A response that was read from this dialect is written unchanged.</summary>
internal static class ResponseWriter
{
    private const string Own = OpenAIChatDialect.DialectName;

    public static void Write(ChatResponse response, in ResponseContext context, JsonOutput output, LossReport losses)
    {
        if (response.Origin == Own) OwnResponseWriter.Write(response, output);
        else Foreign(response, context, output, losses);
    }

    private static void Foreign(ChatResponse response, in ResponseContext context, JsonOutput output, LossReport losses)
    {
        var extras = new ForeignExtras(losses, Own);
        output.BeginObject();
        ResponseHead.Write(response.Id, "chat.completion"u8, response.Created, response.Model, context, output);
        output.Name("choices"u8);
        output.BeginArray();
        foreach (var choice in response.Choices) Choice(choice, context, output, losses, extras);
        output.EndArray();
        if (response.Usage is { } usage)
        {
            output.Name("usage"u8);
            UsageWriter.Write(output, usage);
            if (usage.ServiceTier is { } tier)
            {
                output.Name("service_tier"u8);
                output.Text(UsageWriter.TierOf(tier));
            }
            extras.Usage(usage.Extras);
        }
        output.EndObject();
        extras.Answer(response.Extras);
    }

    private static void Choice(ChatChoice choice, in ResponseContext context, JsonOutput output, LossReport losses, ForeignExtras extras)
    {
        output.BeginObject();
        output.Name("index"u8);
        output.Number(choice.Index);
        output.Name("message"u8);
        var (calls, cited) = ForeignChoiceWriter.Write(choice, context, output, losses, extras);
        var word = FinishReasons.ForCaller(choice.Finish, calls, choice.NativeFinish.Span, context.ReadsFunctionCall);
        output.Name("finish_reason"u8);
        output.Literal(word);
        if (choice.NativeFinish.HasValue && !choice.NativeFinish.Is(word))
        {
            output.Name("native_finish_reason"u8);
            output.Text(choice.NativeFinish);
        }
        output.Name("logprobs"u8);
        if (choice.Logprobs.IsPresent) output.Raw(choice.Logprobs);
        else output.Null();
        output.EndObject();
        extras.Choice(choice.Extras, cited, choice.Logprobs.IsPresent);
    }
}
