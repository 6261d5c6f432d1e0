using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Nano.LocalHost.Tests.Telemetry;

/// <summary>A message of protocol buffers, decoded by the numbers of its fields: as a receiver sees it, independent of the sender's code.</summary>
internal sealed class ProtoMessage
{
    private readonly List<(int Number, int Type, ulong Value, ReadOnlyMemory<byte> Bytes)> _fields = [];

    public ProtoMessage(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var tag = Varint(ref bytes);
            var (number, type) = ((int)(tag >> 3), (int)(tag & 7));
            ulong value = 0;
            var content = ReadOnlyMemory<byte>.Empty;
            switch (type)
            {
                case 0:
                    value = Varint(ref bytes);
                    break;
                case 1:
                    value = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span);
                    bytes = bytes[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref bytes);
                    (content, bytes) = (bytes[..length], bytes[length..]);
                    break;
                case 5:
                    value = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span);
                    bytes = bytes[4..];
                    break;
                default:
                    throw new InvalidDataException($"Wire type {type} is none of protocol buffers.");
            }
            _fields.Add((number, type, value, content));
        }
    }

    public IEnumerable<ProtoMessage> Messages(int number) => _fields.Where(field => field.Number == number).Select(field => new ProtoMessage(field.Bytes));

    public ProtoMessage? Message(int number) => Messages(number).FirstOrDefault();

    public string Text(int number) => _fields.Where(field => field.Number == number).Select(field => Encoding.UTF8.GetString(field.Bytes.Span)).FirstOrDefault() ?? "";

    public string Hex(int number) => _fields.Where(field => field.Number == number).Select(field => Convert.ToHexStringLower(field.Bytes.Span)).FirstOrDefault() ?? "";

    public ulong Number(int number) => _fields.Where(field => field.Number == number).Select(field => field.Value).FirstOrDefault();

    public double Double(int number) => BitConverter.UInt64BitsToDouble(Number(number));

    public bool Has(int number) => _fields.Exists(field => field.Number == number);

    /// <summary>Packed doubles.</summary>
    public double[] Doubles(int number) =>
        [.. _fields.Where(field => field.Number == number).SelectMany(field => field.Type == 1 ? [BitConverter.UInt64BitsToDouble(field.Value)] : Packed(field.Bytes))];

    /// <summary>Attributes as <c>name:type=value</c>, in the order of their names.</summary>
    public List<string> Attributes(int number) => [.. Messages(number).Select(pair => $"{pair.Text(1)}:{Value(pair.Message(2)!)}").Order(StringComparer.Ordinal)];

    /// <summary>An AnyValue of OTLP with its type.</summary>
    private static string Value(ProtoMessage value) =>
        value.Has(1) ? "string=" + value.Text(1)
        : value.Has(2) ? "bool=" + (value.Number(2) == 1 ? "true" : "false")
        : value.Has(3) ? "int=" + ((long)value.Number(3)).ToString(CultureInfo.InvariantCulture)
        : value.Has(4) ? "double=" + value.Double(4).ToString("R", CultureInfo.InvariantCulture)
        : value.Has(5) ? "array=[" + string.Join(",", value.Message(5)!.Messages(1).Select(Value)) + "]"
        : "other";

    private static double[] Packed(ReadOnlyMemory<byte> bytes)
    {
        var numbers = new double[bytes.Length / 8];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = BinaryPrimitives.ReadDoubleLittleEndian(bytes.Span[(i * 8)..]);
        return numbers;
    }

    private static ulong Varint(ref ReadOnlyMemory<byte> bytes)
    {
        ulong value = 0;
        for (var i = 0; i < 10; i++)
        {
            var part = bytes.Span[i];
            value |= (ulong)(part & 0x7f) << (7 * i);
            if (part >= 0x80) continue;
            bytes = bytes[(i + 1)..];
            return value;
        }
        throw new InvalidDataException("A number is longer than 10 bytes.");
    }
}
