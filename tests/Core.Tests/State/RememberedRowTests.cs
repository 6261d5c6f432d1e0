using Nano.State;

namespace Nano.Tests.State;

/// <summary>The rows that an instance caches do not grow with the number of organizations and keys.</summary>
public sealed class RememberedRowTests
{
    private const int Organizations = 400, Keys = 100;

    [Fact]
    public async Task Rows_of_many_keys_in_many_organizations_are_bounded_together_and_stay_right()
    {
        var engine = new MemoryEngine();
        var transactions = new StateTransactions(engine);
        var most = 0;
        for (var round = 1; round <= 2; round++)
        {
            for (var organization = 0; organization < Organizations; organization++)
            {
                for (var key = 0; key < Keys; key++)
                    (await AddAsync($"org:{organization}", $"c|key:{key}")).ShouldBe(round);
                most = Math.Max(most, transactions.Remembered);
            }
        }
        most.ShouldBeInRange(StateTransactions.MaxRemembered / 2, StateTransactions.MaxRemembered);

        ValueTask<long> AddAsync(string partition, string row) => transactions.RunAsync(partition, [row], view =>
        {
            var next = (view[row]?.Fields.Number("n") ?? 0) + 1;
            view.Put(row, new StateFields().Set("n", next));
            return next;
        }, default);
    }

    [Fact]
    public async Task Transactions_of_many_partitions_at_once_lose_nothing_when_rows_are_forgotten_meanwhile()
    {
        var engine = new MemoryEngine();
        var transactions = new StateTransactions(engine);
        const int partitions = 200, rows = 120, times = 3;
        await Parallel.ForEachAsync(Enumerable.Range(0, partitions * times), async (i, _) =>
        {
            for (var key = 0; key < rows; key++)
            {
                var row = $"c|{key}";
                await transactions.RunAsync($"org:{i % partitions}", [row], view =>
                {
                    view.Put(row, new StateFields().Set("n", (view[row]?.Fields.Number("n") ?? 0) + 1));
                    return true;
                }, default);
            }
        });
        for (var partition = 0; partition < partitions; partition++)
            (await engine.ScanAsync($"org:{partition}", "", "~", 1000, default)).Select(row => row.Fields.Number("n")).ShouldBe(Enumerable.Repeat((long)times, rows));
    }
}
