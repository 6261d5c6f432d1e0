using System.Text;
using Nano.Json;

namespace Nano.Tests.Json;

/// <summary>Large buffers are counted until they are released, whatever happens in between, and buffers beyond the budget are refused.</summary>
public sealed class BufferTests
{
    private const int MiB = 1024 * 1024;

    [Theory]
    [InlineData(0, null, 1)]
    [InlineData(4095, null, 1000)]
    [InlineData(4096, null, 1000)]
    [InlineData(65_536, null, 7777)]
    [InlineData(65_537, null, 65_537)]
    [InlineData(5 * MiB + 3, null, 16_384)]
    [InlineData(5 * MiB + 3, 5L * MiB + 3, 16_384)]
    [InlineData(100, 100L, 100)]
    [InlineData(2 * MiB, 3L * MiB, 4096)]
    public void Gathered_pieces_are_joined_in_order(int length, long? announced, int piece)
    {
        var bytes = Bytes(length);
        var budget = new BufferBudget(long.MaxValue / 2);
        var gathered = new GatheredBytes(budget, announced);
        for (var at = 0; at < length; at += piece) gathered.Append(bytes.AsSpan(at, Math.Min(piece, length - at)));
        gathered.Length.ShouldBe(length);
        gathered.Join();
        gathered.Bytes.Span.SequenceEqual(bytes).ShouldBeTrue();
        budget.Used.ShouldBeLessThanOrEqualTo(Math.Max(length, announced ?? 0) + 256 * 1024, "only the joined buffer is still counted");
        gathered.Return();
        budget.Used.ShouldBe(0);
    }

    [Fact]
    public void An_announced_length_takes_a_megabyte_until_that_much_has_arrived()
    {
        var budget = new BufferBudget(2 * MiB);
        var gathered = new GatheredBytes(budget, announced: 500L * MiB);
        budget.Used.ShouldBe(MiB);
        gathered.Append(Bytes(MiB));
        Should.Throw<BufferBudgetException>(() => gathered.Append("x"u8));
        gathered.Return();
        budget.Used.ShouldBe(0);
    }

    [Fact]
    public void A_message_of_unknown_length_never_takes_more_than_a_segment_beyond_what_has_arrived()
    {
        var budget = new BufferBudget(long.MaxValue / 2);
        var gathered = new GatheredBytes(budget, null);
        for (var i = 0; i < 400; i++)
        {
            gathered.Append(Bytes(20_000));
            budget.Used.ShouldBeLessThanOrEqualTo(gathered.Length + MiB);
        }
        gathered.Abandon();
        budget.Used.ShouldBe(0);
    }

    [Fact]
    public void A_small_buffer_is_not_counted()
    {
        var budget = new BufferBudget(0);
        BufferPool.Return(BufferPool.Rent(BufferPool.LargestShared, budget), budget);
        using var output = new JsonOutput(100, budget);
        output.Bytes(Bytes(40_000));
        budget.Used.ShouldBe(0);
    }

    [Fact]
    public void An_output_beyond_the_budget_keeps_its_bytes_and_returns_everything()
    {
        var budget = new BufferBudget(MiB);
        using (var output = new JsonOutput(100, budget))
        {
            output.Bytes(Bytes(100_000));
            Should.Throw<BufferBudgetException>(() => output.Bytes(Bytes(2 * MiB)));
            output.WrittenSpan.SequenceEqual(Bytes(100_000)).ShouldBeTrue();
            budget.Used.ShouldBeGreaterThanOrEqualTo(100_000);
            Should.Throw<BufferBudgetException>(() => output.CreateScratch(2 * MiB));
        }
        budget.Used.ShouldBe(0);
    }

    [Fact]
    public void An_abandoned_output_is_no_longer_counted_and_its_bytes_stay()
    {
        var budget = new BufferBudget(MiB);
        using var output = new JsonOutput(100_000, budget);
        output.Bytes(Bytes(100_000));
        var written = output.Written;
        output.Abandon();
        budget.Used.ShouldBe(0);
        written.Span.SequenceEqual(Bytes(100_000)).ShouldBeTrue();
    }

    [Fact]
    public void Work_on_a_large_message_is_counted_by_its_values_and_by_its_copy()
    {
        var message = Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat("1", 100_001)) + "]");
        var budget = new BufferBudget(100 * MiB);
        using (BufferBudget.ForWork(budget, message, isEdited: false)) budget.Used.ShouldBe(12_800_000);
        using (BufferBudget.ForWork(budget, message, isEdited: true)) budget.Used.ShouldBe(12_800_000 + message.Length);
        using (BufferBudget.ForWork(budget, message.AsSpan(0, 60_000), isEdited: true)) budget.Used.ShouldBe(0);
        using (BufferBudget.ForWork(null, message, isEdited: true)) budget.Used.ShouldBe(0);
        budget.Used.ShouldBe(0);
        Should.Throw<BufferBudgetException>(() => BufferBudget.ForWork(new BufferBudget(MiB), message, isEdited: false));
    }

    [Fact]
    public void The_last_byte_of_the_budget_fits_and_one_more_does_not()
    {
        var budget = new BufferBudget(10);
        budget.Take(4);
        budget.Fits(6).ShouldBeTrue();
        budget.Fits(7).ShouldBeFalse();
        Should.Throw<BufferBudgetException>(() => budget.Take(7));
        budget.Used.ShouldBe(4);
        budget.Take(6);
        budget.Give(10);
        budget.Used.ShouldBe(0);
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++) bytes[i] = (byte)(i * 31 + i / 251);
        return bytes;
    }
}
