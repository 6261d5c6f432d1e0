using System.Text;

namespace Nano.Testing.Oracle;

/// <summary>The content of a recorded 200 response, read without any of the gateway's code.</summary>
public static class RecordedAnswer
{
    public static Answer Read(WireCase wire)
    {
        if (wire.Api == "converse")
        {
            return wire.EventStream is null
                ? ConverseOracle.ReadWhole(Encoding.UTF8.GetString(wire.ResponseBytes()))
                : ConverseOracle.ReadStream(wire.Response.GetProperty("events").EnumerateArray());
        }
        var text = wire.Sse ?? Encoding.UTF8.GetString(wire.ResponseBytes());
        return (wire.Api, wire.Sse is not null) switch
        {
            ("chat", true) => ChatOracle.ReadStream(text),
            ("chat", false) => ChatOracle.ReadWhole(text),
            ("messages", true) => MessagesOracle.ReadStream(text),
            ("messages", false) => MessagesOracle.ReadWhole(text),
            ("generateContent", true) => GeminiOracle.ReadStream(text),
            ("generateContent", false) => GeminiOracle.ReadWhole(text),
            ("chat_v2", true) => CohereOracle.ReadStream(text),
            ("chat_v2", false) => CohereOracle.ReadWhole(text),
            ("responses", true) => ResponsesOracle.ReadStream(text),
            ("responses", false) => ResponsesOracle.ReadWhole(text),
            _ => throw new ArgumentException($"{wire.Id}: no reader for api '{wire.Api}'."),
        };
    }
}
