namespace Nano.Dialects;

/// <summary>
/// A request body as the pieces to send, in order: the caller's bytes with a few values replaced. Nothing is copied. At most five
/// pieces, for two replacements.
/// </summary>
internal readonly struct BodySplice
{
    private BodySplice(ReadOnlyMemory<byte> a, ReadOnlyMemory<byte> b = default, ReadOnlyMemory<byte> c = default, ReadOnlyMemory<byte> d = default,
        ReadOnlyMemory<byte> e = default)
    {
        A = a;
        B = b;
        C = c;
        D = d;
        E = e;
    }

    public ReadOnlyMemory<byte> A { get; }

    public ReadOnlyMemory<byte> B { get; }

    public ReadOnlyMemory<byte> C { get; }

    public ReadOnlyMemory<byte> D { get; }

    public ReadOnlyMemory<byte> E { get; }

    public long Length => (long)A.Length + B.Length + C.Length + D.Length + E.Length;

    /// <summary>One piece: a body written by a codec, or one with nothing to replace.</summary>
    public static BodySplice Of(ReadOnlyMemory<byte> body) => new(body);

    /// <summary>The body with another model; a body without a model is unchanged.</summary>
    /// <param name="span">The range of the model's value; empty if the body has none.</param>
    /// <param name="model">A JSON string, quotes included.</param>
    public static BodySplice WithModel(ReadOnlyMemory<byte> body, Range span, ReadOnlyMemory<byte> model)
    {
        var (start, end) = (span.Start.Value, span.End.Value);
        return start == end ? new BodySplice(body) : new BodySplice(body[..start], model, body[end..]);
    }

    /// <summary>The body with another model and a second value replaced.</summary>
    public static BodySplice WithModel(ReadOnlyMemory<byte> body, Range span, ReadOnlyMemory<byte> model, Range other, ReadOnlyMemory<byte> value)
    {
        var (modelStart, modelEnd) = (span.Start.Value, span.End.Value);
        var (start, end) = (other.Start.Value, other.End.Value);
        return start < modelStart
            ? new BodySplice(body[..start], value, body[end..modelStart], model, body[modelEnd..])
            : new BodySplice(body[..modelStart], model, body[modelEnd..start], value, body[end..]);
    }

    /// <summary>An object without a model, with a model added.</summary>
    public static BodySplice WithNewModel(ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> model)
    {
        var start = body.Span.IndexOf((byte)'{') + 1;
        return new BodySplice(body[..start], Member(body.Span[start..], model), body[start..]);
    }

    /// <summary>The same with a second value replaced.</summary>
    public static BodySplice WithNewModel(ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> model, Range other, ReadOnlyMemory<byte> value)
    {
        var start = body.Span.IndexOf((byte)'{') + 1;
        return new BodySplice(body[..start], Member(body.Span[start..], model), body[start..other.Start.Value], value, body[other.End.Value..]);
    }

    private static byte[] Member(ReadOnlySpan<byte> rest, ReadOnlyMemory<byte> model)
    {
        var isOnly = rest[rest.IndexOfAnyExcept(" \t\r\n"u8)] == (byte)'}';
        return [.. "\"model\":"u8, .. model.Span, .. isOnly ? ""u8 : ","u8];
    }

    /// <summary>This splice of at most three pieces with bytes inserted into its first one.</summary>
    public BodySplice Insert(int position, ReadOnlyMemory<byte> bytes) => new(A[..position], bytes, A[position..], B, C);
}
