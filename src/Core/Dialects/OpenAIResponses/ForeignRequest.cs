using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Dialects.OpenAIResponses.Tools;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses;

/// <summary>Prepares a request for a model of another dialect: refuses features that need stored responses, and expresses the rest in common terms.</summary>
internal static class ForeignRequest
{
    /// <summary>Members that need a provider that stores responses, and what to send instead.</summary>
    private static readonly (string Member, string Instead)[] Kept =
    [
        ("previous_response_id", "Send the items of the conversation in 'input', with the response's 'output' items among them"),
        ("conversation", "Send the items of the conversation in 'input'"),
        ("background", "Leave it out, and set 'stream' to true for a response that takes long"),
        ("prompt", "Send the prompt's text in 'instructions' and 'input'"),
    ];

    public static ResponsesMemo Adapt(ChatRequest request, LossReport losses)
    {
        var body = request.Extras.From(OpenAIResponsesDialect.DialectName, RequestReader.Whole.Span);
        foreach (var (member, instead) in Kept)
            if (IsAsked(body.Member(System.Text.Encoding.UTF8.GetBytes(member))))
                throw new DialectException(GatewayError.Invalid($"'{member}' needs a provider that keeps responses, and the provider of this model keeps none. {instead}.", member,
                    "unsupported_parameter"));
        return new ResponsesMemo(new ForeignTools(request, losses).Run(), RequestMembers.Copy(body), request.Sampling.Logprobs == true);
    }

    private static bool IsAsked(JsonSlice value) => value.HasValue && !value.IsFalse;
}
