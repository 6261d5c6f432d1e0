using BenchmarkDotNet.Attributes;
using Nano.Chat;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Bench;

/// <summary>Reasoning state that is sent through a caller: sealing, opening, and the passthrough's search for it.</summary>
[MemoryDiagnoser]
public class StateBenchmarks
{
    private const string Dialect = "anthropic-messages";

    private readonly StateSeal _seal = new StateKey("the-gateways-own-key-0123456789").Of("anthropic one");
    private readonly byte[] _body = Samples.AgentRequest();
    private byte[] _state = [];
    private byte[] _sealed = [];
    private JsonText _signature;
    private JsonText _id;
    private JsonText _ownSignature;

    /// <summary>Bytes of state; providers' base64 of it is a third longer.</summary>
    [Params(300, 1024, 2800)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _state = new byte[Bytes];
        new Random(7).NextBytes(_state);
        _sealed = _seal.Seal(SealUse.Thought, default, _state).Span.ToArray();
        _signature = JsonText.From(Convert.ToBase64String(_state));
        (_id, _ownSignature) = new TurnSealer(_seal).Call(JsonText.From("toolu_01"), JsonText.From("look"), _signature, _ => "");
    }

    /// <summary>One value.</summary>
    [Benchmark]
    public int Seal() => _seal.Seal(SealUse.Thought, default, _state).Span.Length;

    [Benchmark]
    public int Open() => _seal.Open(SealUse.Thought, default, _sealed)!.Length;

    /// <summary>A call's signature, beside the call and in its id: two seals.</summary>
    [Benchmark]
    public int SealCall() => new TurnSealer(_seal).Call(JsonText.From("toolu_01"), JsonText.From("look"), _signature, _ => "").Id.Span.Length;

    /// <summary>The same on the way back: both seals are opened.</summary>
    [Benchmark]
    public int OpenCall()
    {
        var request = new ChatRequest("openai-chat");
        var turn = new ChatMessage(ChatRole.Assistant);
        turn.Parts.Add(new ToolCallPart(_id, JsonText.From("look")) { Signature = _ownSignature });
        request.Messages.Add(turn);
        StateOpener.Open(request, _seal, Dialect, new LossReport());
        return ((ToolCallPart)turn.Parts[0]).Signature.Span.Length;
    }

    /// <summary>A request of 70 KB without state.</summary>
    [Benchmark]
    public int Look() => StateSeal.IndexOf(_body);
}
