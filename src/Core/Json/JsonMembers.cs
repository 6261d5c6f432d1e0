using System.Globalization;

namespace Nano.Json;

/// <summary>Writes members of the gateway's own responses: a name and a value. Null becomes <c>null</c>.</summary>
internal static class JsonMembers
{
    public static void Member(this JsonOutput output, ReadOnlySpan<byte> name, string? value)
    {
        output.Name(name);
        if (value is null) output.Null(); else output.Text(value);
    }

    public static void Member(this JsonOutput output, ReadOnlySpan<byte> name, long? value)
    {
        output.Name(name);
        if (value is { } number) output.Number(number); else output.Null();
    }

    public static void Member(this JsonOutput output, ReadOnlySpan<byte> name, bool? value)
    {
        output.Name(name);
        if (value is { } flag) output.Boolean(flag); else output.Null();
    }

    public static void Member(this JsonOutput output, ReadOnlySpan<byte> name, decimal? value)
    {
        output.Name(name);
        if (value is not { } number)
        {
            output.Null();
            return;
        }
        Span<byte> digits = stackalloc byte[40];
        number.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture);
        output.Raw(digits[..length]);
    }

    /// <summary>RFC 3339, UTC, with milliseconds if they are not zero.</summary>
    public static void Member(this JsonOutput output, ReadOnlySpan<byte> name, DateTimeOffset? value)
    {
        output.Name(name);
        if (value is { } moment) output.Text(moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture)); else output.Null();
    }

    public static void Member(this JsonOutput output, ReadOnlySpan<byte> name, IReadOnlyList<string>? values)
    {
        output.Name(name);
        if (values is null)
        {
            output.Null();
            return;
        }
        output.BeginArray();
        for (var i = 0; i < values.Count; i++) output.Text(values[i]);
        output.EndArray();
    }
}
