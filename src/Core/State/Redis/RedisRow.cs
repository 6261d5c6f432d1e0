using System.Globalization;
using System.Text;

namespace Nano.State.Redis;

/// <summary>A row as a value in the hash of its partition: version, key and fields.</summary>
internal static class RedisRow
{
    public static byte[] Write(long version, string key, StateFields fields) => StateJson.Write(version, key, fields);

    /// <exception cref="StateUnavailableException">The value is not that of the row: a reply may belong to another request.</exception>
    public static StateRow Read(string key, ReadOnlyMemory<byte> value)
    {
        var head = value.Span;
        var first = head.IndexOf((byte)'\n');
        var length = first < 0 ? -1 : head[(first + 1)..].IndexOf((byte)'\n');
        if (length < 0 || Encoding.UTF8.GetString(head.Slice(first + 1, length)) != key) throw new StateUnavailableException("The server returned the value of another row.");
        return new StateRow(key, long.Parse(head[..first], CultureInfo.InvariantCulture), StateJson.Read(value[(first + length + 2)..]));
    }
}
