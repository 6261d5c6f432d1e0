using Nano.Errors;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>
/// A reader's position in a request, so that a shape error can name its member (<c>messages[2].content[0].type</c>).
/// The text is created only for an error. Responses (<see cref="Answer"/>) have no shape errors: unusual shapes are
/// kept as extras.
/// </summary>
internal readonly struct Place(string list, int index, string? inner = null, int innerIndex = 0)
{
    private readonly string? _list = list;

    /// <summary>Everything is tolerated.</summary>
    public static Place Answer => default;

    public Place Inner(string member, int at) => _list is null ? default : new Place(_list, index, member, at);

    public void Expect(bool holds, string member, string what)
    {
        if (!holds && _list is not null) throw Wrong(member, $"must be {what}", "invalid_type");
    }

    /// <summary>For mandatory members.</summary>
    public void Require(bool present, string member)
    {
        if (present || _list is null) return;
        var path = Of(member);
        throw new DialectException(GatewayError.Invalid($"Missing required parameter: '{path}'.", path, "missing_required_parameter"));
    }

    public DialectException Wrong(string member, string complaint, string code)
    {
        var path = Of(member);
        return new DialectException(GatewayError.Invalid($"Invalid '{path}': it {complaint}.", path, code));
    }

    private string Of(string member)
    {
        var path = inner is null ? $"{_list}[{index}]" : $"{_list}[{index}].{inner}[{innerIndex}]";
        return member.Length == 0 ? path : $"{path}.{member}";
    }
}
