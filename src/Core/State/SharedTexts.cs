namespace Nano.State;

/// <summary>Short texts by name, shared by instances. Raises <see cref="StateUnavailableException"/> when the store fails.</summary>
internal sealed class SharedTexts(StateTransactions transactions)
{
    private const string Partition = "texts";
    private const string Field = "text";

    /// <summary>The text in the store; <paramref name="text"/> if there was none, which is written then.</summary>
    public ValueTask<string> ReadOrCreateAsync(string name, string text, CancellationToken cancellationToken) => transactions.RunAsync(Partition, [name], view =>
    {
        if (view[name]?.Fields.Text(Field) is { } known) return known;
        view.PutLast(name, new StateFields().Set(Field, text));
        return text;
    }, cancellationToken);

    public async ValueTask WriteAsync(string name, string text, CancellationToken cancellationToken) => await transactions.RunAsync(Partition, [name], view =>
    {
        view.PutLast(name, new StateFields().Set(Field, text));
        return true;
    }, cancellationToken).ConfigureAwait(false);
}
