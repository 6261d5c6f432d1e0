using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Nano.Bench.ColdStart;

// ColdStart RUNS NAME=COMMAND... : starts each command RUNS times, alternating so that a busy minute of the machine affects all of
// them, and prints time and CPU from process start to the first response. Ratios are to the preceding command whose name
// ends in "empty". Commands listen on 127.0.0.1 at PORT.
var runs = int.Parse(args[0], CultureInfo.InvariantCulture);
var subjects = args.Skip(1).Select(arg => arg.Split('=', 2)).Select(pair => new Subject(pair[0], pair[1])).ToList();
var before = File.ReadAllText("/proc/loadavg").Split(' ')[0];
for (var run = -1; run < runs; run++)
{
    // The first turn loads the files into memory and does not count.
    foreach (var subject in subjects) subject.Add(Start.Measure(subject.Command), counts: run >= 0);
}

Console.WriteLine($"{runs} runs each, in turns; load average {before} before, {File.ReadAllText("/proc/loadavg").Split(' ')[0]} after");
Console.WriteLine("| | ms, min | ms, median | CPU ms, min | CPU ms, median | ratio: ms min / median | CPU min / median |");
Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|");
Subject? empty = null;
foreach (var subject in subjects)
{
    if (subject.Name.EndsWith("empty", StringComparison.Ordinal)) empty = subject;
    var ratios = empty is null || empty == subject ? "| | |" : $"| {subject.Wall / empty.Wall} | {subject.Cpu / empty.Cpu} |";
    Console.WriteLine($"| {subject.Name} | {subject.Wall} | {subject.Cpu} {ratios}");
}

internal sealed class Subject(string name, string command)
{
    private readonly List<Sample> _samples = [];

    public string Name => name;

    public string Command => command;

    public Figures Wall => Figures.Of(_samples.Select(sample => sample.WallMs));

    public Figures Cpu => Figures.Of(_samples.Select(sample => sample.CpuMs));

    public void Add(Sample sample, bool counts)
    {
        if (counts) _samples.Add(sample);
    }
}

internal readonly record struct Figures(double Min, double Median)
{
    public static Figures Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return new Figures(sorted[0], sorted[sorted.Length / 2]);
    }

    public static string operator /(Figures one, Figures other) => string.Create(CultureInfo.InvariantCulture, $"{one.Min / other.Min:0.00} / {one.Median / other.Median:0.00}");

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Min:0.0} | {Median:0.0}");
}
