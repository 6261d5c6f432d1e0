using Nano.Json;

namespace Nano.Dialects;

/// <summary>
/// The byte lane's request: the caller's body with another model name and, where a stream's usage could else not be
/// accounted, <c>include_usage</c>. Nothing is copied: the result is the pieces to send, in order.
/// </summary>
public readonly struct BodySplice
{
    private static readonly byte[] OptionsMember = "\"stream_options\":{\"include_usage\":true},"u8.ToArray();
    private static readonly byte[] Options = "{\"include_usage\":true}"u8.ToArray();

    private BodySplice(ReadOnlyMemory<byte> a, ReadOnlyMemory<byte> b, ReadOnlyMemory<byte> c, ReadOnlyMemory<byte> d, ReadOnlyMemory<byte> e)
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

    /// <summary>One piece: a body that was written by a codec.</summary>
    public static BodySplice Of(ReadOnlyMemory<byte> body) => new(body, default, default, default, default);

    /// <param name="body">The caller's body, as scanned into <paramref name="envelope"/>.</param>
    /// <param name="model">The provider's model name as a JSON string, quotes included.</param>
    /// <param name="askForUsage">Set <c>stream_options.include_usage</c>.</param>
    internal static BodySplice Create(ReadOnlyMemory<byte> body, in Envelope envelope, ReadOnlyMemory<byte> model, bool askForUsage)
    {
        var (modelStart, modelEnd) = (envelope.ModelSpan.Start.Value, envelope.ModelSpan.End.Value);
        if (!askForUsage) return new BodySplice(body[..modelStart], model, body[modelEnd..], default, default);

        if (!envelope.HasStreamOptions)
        {
            // Right behind the opening brace: the object has at least the model, so a comma is due.
            var brace = body.Span.IndexOf((byte)'{') + 1;
            return new BodySplice(body[..brace], OptionsMember, body[brace..modelStart], model, body[modelEnd..]);
        }
        var (start, end) = (envelope.StreamOptionsSpan.Start.Value, envelope.StreamOptionsSpan.End.Value);
        var options = WithUsage(new JsonSlice(body[start..end]));
        return start < modelStart
            ? new BodySplice(body[..start], options, body[end..modelStart], model, body[modelEnd..])
            : new BodySplice(body[..modelStart], model, body[modelEnd..start], options, body[end..]);
    }

    /// <summary>The caller's stream options with usage switched on and all else kept. Rare, so it may allocate.</summary>
    private static ReadOnlyMemory<byte> WithUsage(JsonSlice options)
    {
        if (!options.IsObject) return Options;
        using var output = new JsonOutput(options.Span.Length + 32);
        output.BeginObject();
        var cursor = new JsonCursor(options.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("include_usage"u8))
            {
                cursor.Skip();
                continue;
            }
            output.Name(cursor.Name);
            output.Raw(cursor.TakeValue());
        }
        output.Name("include_usage"u8);
        output.Boolean(true);
        output.EndObject();
        return output.WrittenSpan.ToArray();
    }
}
