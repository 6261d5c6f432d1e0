namespace Nano.State;

/// <summary>
/// What a scope has spent and reserved in a window: the sum over the attempts that count in it, kept so that no request has to add them
/// up. <see cref="LedgerFold"/> computes the same from the attempts.
/// </summary>
internal readonly record struct Counter
{
    /// <summary>Spent in the window before the counter existed, by attempts that do not count in it.</summary>
    public Amount Base { get; init; }

    public Amount Charged { get; init; }

    public Amount Reserved { get; init; }

    /// <summary>How many attempts are open.</summary>
    public long Open { get; init; }

    public Amount Total => Base + Charged + Reserved;

    public static Counter Read(StateRow? row) => row is null ? default : new()
    {
        Base = new(row.Fields.Number("base_nano_usd"), row.Fields.Number("base_tokens")),
        Charged = new(row.Fields.Number("nano_usd"), row.Fields.Number("tokens")),
        Reserved = new(row.Fields.Number("reserved_nano_usd"), row.Fields.Number("reserved_tokens")),
        Open = row.Fields.Number("open"),
    };

    public StateFields Write() => new StateFields(7)
        .Add("base_nano_usd", Base.NanoUsd).Add("base_tokens", Base.Tokens)
        .Add("nano_usd", Charged.NanoUsd).Add("tokens", Charged.Tokens)
        .Add("reserved_nano_usd", Reserved.NanoUsd).Add("reserved_tokens", Reserved.Tokens)
        .Add("open", Open);

    public Counter Reserve(Amount estimate) => this with { Reserved = Reserved + estimate, Open = Open + 1 };

    /// <summary>An attempt changes its state.</summary>
    public Counter Move(AttemptRow from, AttemptRow to)
    {
        var counter = this;
        if (from.State == AttemptState.Open) counter = counter with { Reserved = counter.Reserved - from.Estimate, Open = counter.Open - 1 };
        return counter with { Charged = counter.Charged - from.Charged + to.Charged };
    }
}
