using Nano.Json;

namespace Nano.Tests.Json;

/// <summary>Large buffers that are kept for the next request. Tests of other classes use the same ones meanwhile.</summary>
public sealed class LargeBufferTests
{
    private const int KiB = 1024, MiB = 1024 * 1024;

    [Theory]
    [InlineData(65 * KiB, 128 * KiB)]
    [InlineData(MiB, MiB)]
    [InlineData(MiB + 1, 1280 * KiB)]
    [InlineData(1280 * KiB, 1280 * KiB)]
    [InlineData(8 * MiB - 1, 8 * MiB)]
    [InlineData(8 * MiB, 8 * MiB)]
    [InlineData(8 * MiB + 1, 8 * MiB + 1)]
    public void A_buffer_has_one_of_a_few_sizes_and_is_counted_by_it(int length, int expected)
    {
        var budget = new BufferBudget(100 * MiB);
        var buffer = LargeBuffers.Rent(length, budget);
        buffer.Length.ShouldBe(expected);
        budget.Used.ShouldBe(expected);
        LargeBuffers.Return(buffer, budget);
        budget.Used.ShouldBe(0);
    }

    [Fact]
    public void Where_the_budget_allows_no_more_a_buffer_has_the_length_that_is_asked_for()
    {
        var budget = new BufferBudget(2 * MiB + 1);
        var buffer = LargeBuffers.Rent(2 * MiB + 1, budget);
        buffer.Length.ShouldBe(2 * MiB + 1);
        LargeBuffers.Return(buffer, budget);
        budget.Used.ShouldBe(0);
        Should.Throw<BufferBudgetException>(() => LargeBuffers.Rent(2 * MiB + 2, budget));
    }

    [Theory]
    [InlineData(100 * KiB)]
    [InlineData(MiB)]
    [InlineData(2 * MiB - 100)]
    [InlineData(8 * MiB)]
    public void A_buffer_that_was_returned_is_rented_again(int length)
    {
        // Another test may be faster.
        for (var i = 0; i < 100; i++)
        {
            var buffer = LargeBuffers.Rent(length, null);
            LargeBuffers.Return(buffer, null);
            var again = LargeBuffers.Rent(length, null);
            LargeBuffers.Return(again, null);
            if (ReferenceEquals(again, buffer)) return;
        }
        Assert.Fail("No buffer came back.");
    }

    [Fact]
    public void What_is_kept_is_bounded_and_the_sizes_in_use_displace_others()
    {
        byte[][] Rent(int length, int count) => [.. Enumerable.Range(0, count).Select(_ => LargeBuffers.Rent(length, null))];
        foreach (var (length, count) in ((int, int)[])[(128 * KiB, 200), (MiB, 20), (3 * MiB, 8), (8 * MiB, 3), (9 * MiB, 3), (MiB, 1)])
        {
            foreach (var buffer in Rent(length, count))
            {
                LargeBuffers.Return(buffer, null);
                LargeBuffers.KeptBytes.ShouldBeInRange(0, LargeBuffers.MaxKept);
            }
        }
        // After a load of one size another one is kept again.
        A_buffer_that_was_returned_is_rented_again(MiB + 1);
        LargeBuffers.Trim();
        A_buffer_that_was_returned_is_rented_again(MiB + 1);
    }
}
