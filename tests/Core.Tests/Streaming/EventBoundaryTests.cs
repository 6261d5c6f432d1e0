using System.Text;
using Nano.Json;
using Nano.Streaming;

namespace Nano.Tests.Streaming;

/// <summary>The end of an event, with any of SSE's line ends.</summary>
public sealed class EventBoundaryTests
{
    [Theory]
    [InlineData("", "")]
    // A blank line alone.
    [InlineData("\n", "\n")]
    [InlineData("\r", "\r")]
    [InlineData("\r\n", "\r\n")]
    [InlineData("data: a", "data: a\n\n")]
    [InlineData("data: a\n", "data: a\n\n")]
    [InlineData("data: a\r\n", "data: a\r\n\n")]
    // CR and the first LF are one line end.
    [InlineData("data: a\r", "data: a\r\n\n")]
    [InlineData("data: a\n\n", "data: a\n\n")]
    [InlineData("data: a\r\r", "data: a\r\r")]
    [InlineData("data: a\r\n\r\n", "data: a\r\n\r\n")]
    [InlineData("data: a\n\r\n", "data: a\n\r\n")]
    [InlineData("data: a\n\ndata: b", "data: a\n\ndata: b\n\n")]
    // A stream that begins with a blank line.
    [InlineData("\ndata: a", "\ndata: a\n\n")]
    [InlineData("\r\ndata: a\n", "\r\ndata: a\n\n")]
    public void Closing_adds_the_missing_line_ends(string written, string expected)
    {
        using var output = Output(written);
        EventBoundary.Close(output);
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(expected);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("data: {\"a", "")]
    [InlineData("data: a\n\n", "data: a\n\n")]
    [InlineData("data: a\n\ndata: {\"b", "data: a\n\n")]
    [InlineData("data: a\n\nevent: b\n", "data: a\n\n")]
    [InlineData("data: a\r\n\r\ndata: b\r\n", "data: a\r\n\r\n")]
    [InlineData("data: a\r\rdata: b", "data: a\r\r")]
    [InlineData("\ndata: {\"a", "\n")]
    public void Dropping_goes_back_to_the_end_of_the_last_event(string written, string expected)
    {
        using var output = Output(written);
        EventBoundary.DropOpen(output);
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(expected);
    }

    private static JsonOutput Output(string text)
    {
        var output = new JsonOutput();
        output.Bytes(Encoding.UTF8.GetBytes(text));
        return output;
    }
}
