using System.Text.Json;

namespace Nano.Providers.Catalogue;

/// <summary>Reads a model's price members: <c>prices</c>, <c>serviceTiers</c>, <c>peak</c>.</summary>
internal struct PriceReader()
{
    private List<PricePeriod>? _periods;
    private PeakHours? _peak;

    private Dictionary<string, IReadOnlyList<PriceFactor>> ServiceTiers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Null if there are no prices; members that change prices are then an error.</summary>
    public readonly ModelPrices? Done()
    {
        if (_periods is not null) return new ModelPrices { Periods = _periods, ServiceTiers = ServiceTiers, Peak = _peak };
        return ServiceTiers.Count == 0 && _peak is null ? null : throw new FormatException("prices is missing");
    }

    public void ReadPeriods(ref Utf8JsonReader reader)
    {
        _periods = [];
        CatalogueValues.EnterArray(ref reader);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var period = ReadPeriod(ref reader);
            if (_periods.Count > 0 && _periods[^1].From >= period.From) throw new FormatException("the dates of prices are not in rising order");
            _periods.Add(period);
        }
        if (_periods.Count == 0) throw new FormatException("prices is empty");
    }

    public readonly void ReadServiceTiers(ref Utf8JsonReader reader)
    {
        var members = new CatalogueMembers();
        members.Enter(ref reader);
        while (members.Next(ref reader) is { } tier)
        {
            var factors = new List<PriceFactor>();
            CatalogueValues.EnterArray(ref reader);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var factor = ReadFactor(ref reader);
                if (factors.Count > 0 && factors[^1].From >= factor.From) throw new FormatException($"the dates of {tier} are not in rising order");
                factors.Add(factor);
            }
            if (factors.Count == 0) throw new FormatException($"{tier} is empty");
            ServiceTiers.Add(tier, factors);
        }
    }

    public void ReadPeak(ref Utf8JsonReader reader)
    {
        decimal times = 0;
        long offset = 0;
        List<int> weekdays = [], hours = [];
        var members = new CatalogueMembers();
        members.Enter(ref reader);
        while (members.Next(ref reader) is { } name)
        {
            switch (name)
            {
                case "times": times = CatalogueValues.Factor(ref reader); break;
                case "utcOffset": offset = reader.GetInt64(); break;
                case "weekdays": ReadNumbers(ref reader, weekdays, 6); break;
                case "hours": ReadNumbers(ref reader, hours, 24); break;
                default: throw CatalogueMembers.Unknown(name);
            }
        }
        members.Require("times", "utcOffset", "weekdays", "hours");
        if (hours.Count % 2 != 0) throw new FormatException("the hours of the peak are no pairs");
        for (var i = 1; i < hours.Count; i++) if (hours[i - 1] >= hours[i]) throw new FormatException("the hours of the peak are not in rising order");
        if (offset is < -12 or > 14) throw new FormatException("the clock of the peak is no clock");
        _peak = new PeakHours(times, TimeSpan.FromHours((double)offset), weekdays, hours);
    }

    private static PricePeriod ReadPeriod(ref Utf8JsonReader reader)
    {
        var from = DateTimeOffset.MinValue;
        var rates = new RatesReader();
        List<PriceStep> steps = [];
        var members = new CatalogueMembers();
        members.Enter(ref reader);
        while (members.Next(ref reader) is { } name)
        {
            if (name == "from") from = CatalogueValues.Moment(ref reader);
            else if (name == "above") ReadSteps(ref reader, steps);
            else rates.Read(name, ref reader);
        }
        members.Require("input", "output");
        return new PricePeriod(from, rates.Done(), steps);
    }

    private static void ReadSteps(ref Utf8JsonReader reader, List<PriceStep> steps)
    {
        CatalogueValues.EnterArray(ref reader);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            long tokens = 0;
            var rates = new RatesReader();
            var members = new CatalogueMembers();
            members.Enter(ref reader);
            while (members.Next(ref reader) is { } name)
            {
                if (name == "tokens") tokens = CatalogueValues.Whole(ref reader);
                else rates.Read(name, ref reader);
            }
            members.Require("tokens", "input", "output");
            if (steps.Count > 0 && steps[^1].AboveInputTokens >= tokens) throw new FormatException("the steps of a price are not in rising order");
            steps.Add(new PriceStep(tokens, rates.Done()));
        }
    }

    private static PriceFactor ReadFactor(ref Utf8JsonReader reader)
    {
        var from = DateTimeOffset.MinValue;
        decimal times = 0;
        var members = new CatalogueMembers();
        members.Enter(ref reader);
        while (members.Next(ref reader) is { } name)
        {
            if (name == "from") from = CatalogueValues.Moment(ref reader);
            else if (name == "times") times = CatalogueValues.Factor(ref reader);
            else throw CatalogueMembers.Unknown(name);
        }
        members.Require("times");
        return new PriceFactor(from, times);
    }

    private static void ReadNumbers(ref Utf8JsonReader reader, List<int> numbers, int most)
    {
        CatalogueValues.EnterArray(ref reader);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var number = CatalogueValues.Whole(ref reader);
            numbers.Add(number <= most ? (int)number : throw new FormatException("a day or an hour of the peak is none"));
        }
    }

    /// <summary>Members that are rates, in any object.</summary>
    private struct RatesReader
    {
        private decimal? _input, _output, _cacheRead, _cacheWrite, _longCacheWrite, _audioInput, _audioOutput;

        public void Read(string name, ref Utf8JsonReader reader)
        {
            switch (name)
            {
                case "input": _input = CatalogueValues.Price(ref reader); break;
                case "output": _output = CatalogueValues.Price(ref reader); break;
                case "cacheRead": _cacheRead = CatalogueValues.Price(ref reader); break;
                case "cacheWrite": _cacheWrite = CatalogueValues.Price(ref reader); break;
                case "longCacheWrite": _longCacheWrite = CatalogueValues.Price(ref reader); break;
                case "audioInput": _audioInput = CatalogueValues.Price(ref reader); break;
                case "audioOutput": _audioOutput = CatalogueValues.Price(ref reader); break;
                default: throw CatalogueMembers.Unknown(name);
            }
        }

        public readonly Rates Done() => new()
        {
            Input = _input,
            Output = _output,
            CacheRead = _cacheRead,
            CacheWrite = _cacheWrite,
            LongCacheWrite = _longCacheWrite,
            AudioInput = _audioInput,
            AudioOutput = _audioOutput,
        };
    }
}
