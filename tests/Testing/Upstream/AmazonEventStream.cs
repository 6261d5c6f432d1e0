using System.Buffers.Binary;
using System.Text;

namespace Nano.Testing.Upstream;

/// <summary>Creates messages of <c>application/vnd.amazon.eventstream</c>, with checksums computed bit by bit and not as the gateway does.</summary>
public static class AmazonEventStream
{
    /// <summary>One event in Bedrock's format.</summary>
    public static byte[] Event(string type, string payload) =>
        Message(Encoding.UTF8.GetBytes(payload), Text(":event-type", type), Text(":content-type", "application/json"), Text(":message-type", "event"));

    /// <summary>An exception that a service documents.</summary>
    public static byte[] Exception(string type, string payload) =>
        Message(Encoding.UTF8.GetBytes(payload), Text(":exception-type", type), Text(":content-type", "application/json"), Text(":message-type", "exception"));

    /// <summary>An undocumented error.</summary>
    public static byte[] Error(string code, string message) =>
        Message([], Text(":message-type", "error"), Text(":error-code", code), Text(":error-message", message));

    /// <summary>One message with these headers, each in wire format.</summary>
    public static byte[] Message(byte[] payload, params byte[][] headers)
    {
        var head = headers.SelectMany(h => h).ToArray();
        var message = new byte[16 + head.Length + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), head.Length);
        head.CopyTo(message, 12);
        payload.CopyTo(message, 12 + head.Length);
        return Seal(message);
    }

    /// <summary>Writes the correct checksums at their positions, whatever the lengths say.</summary>
    public static byte[] Seal(byte[] message)
    {
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), Crc(message.AsSpan(0, 8)));
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(message.Length - 4), Crc(message.AsSpan(0, message.Length - 4)));
        return message;
    }

    /// <summary>A header that is a string.</summary>
    public static byte[] Text(string name, string value) => Header(name, 7, [.. Length(Encoding.UTF8.GetByteCount(value)), .. Encoding.UTF8.GetBytes(value)]);

    /// <summary>A header of any type.</summary>
    public static byte[] Header(string name, byte type, params byte[] value) => [(byte)name.Length, .. Encoding.UTF8.GetBytes(name), type, .. value];

    public static byte[] Length(int length) => [(byte)(length >> 8), (byte)length];

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
        }
        return ~crc;
    }
}
