using Nano.Chat;
using Nano.Json;

namespace Nano.Pipeline.Caching;

/// <summary>
/// Gathers the events of a stream into a whole response. Text that it keeps is copied; everything else is borrowed for
/// as long as the stream's bytes stay valid. Not thread safe.
/// </summary>
internal sealed class ResponseCollector(string origin) : IChatEventSink
{
    /// <summary>No dialect: the writer then creates a new response instead of returning an original that never existed as a whole.</summary>
    private readonly ChatResponse _response = new("");
    private readonly SortedDictionary<int, Choice> _choices = [];

    /// <summary>The stream has reported a failure.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>The response, once the stream has ended.</summary>
    public ChatResponse Complete()
    {
        foreach (var (index, choice) in _choices)
        {
            var made = new ChatChoice(index, new ChatMessage(ChatRole.Assistant))
                { Finish = choice.Finish, NativeFinish = choice.NativeFinish, StopSequence = choice.StopSequence, Logprobs = choice.Logprobs };
            foreach (var piece in choice.Pieces) made.Message.Parts.Add(piece.Complete(origin));
            _response.Choices.Add(made);
        }
        return _response;
    }

    public void BeginFrame(in ChatFrame frame) { }

    public void EndFrame() { }

    public void On(in ChatEvent item)
    {
        switch (item.Kind)
        {
            case ChatEventKind.Start:
                if (item.Id.IsPresent) _response.Id = Copy(item.Id);
                if (item.Model.IsPresent) _response.Model = Copy(item.Model);
                if (item.Json.IsPresent) _response.Created = Copy(item.Json);
                break;
            case ChatEventKind.Text:
                Of(item.Choice).Find(PieceKind.Text, item.Part).Append(item.Text);
                break;
            case ChatEventKind.Refusal:
                Of(item.Choice).Find(PieceKind.Refusal, item.Part).Append(item.Text);
                break;
            case ChatEventKind.Reasoning:
                Of(item.Choice).Find(PieceKind.Reasoning, item.Part).Append(item.Text);
                break;
            case ChatEventKind.ReasoningSignature:
                var signed = Of(item.Choice).Find(PieceKind.Reasoning, item.Part);
                signed.Sign(item.Text);
                signed.SignsText = item.PartKind is PartKind.Text or PartKind.Media;
                break;
            case ChatEventKind.ReasoningOpaque:
                Of(item.Choice).Find(PieceKind.Reasoning, item.Part).Opaque = Copy(item.Text);
                break;
            case ChatEventKind.ToolCallStart:
                Of(item.Choice).Add(new Piece(PieceKind.Call, item.ToolIndex) { Id = Copy(item.Id), Name = Copy(item.Name), Signature = Copy(item.Signature),
                    IsCustom = item.IsCustom });
                break;
            case ChatEventKind.ToolCallArguments:
                var call = Of(item.Choice).Call(item.ToolIndex);
                if (item.Json.IsPresent) call.Json = Copy(item.Json);
                else call.Append(item.Text);
                break;
            case ChatEventKind.Citation when item.Citation is { } citation:
                Of(item.Choice).Find(PieceKind.Text, item.Part).Citations.Add(citation);
                break;
            case ChatEventKind.Logprobs:
                Of(item.Choice).AddLogprobs(item.Json);
                break;
            case ChatEventKind.Media when item.Media is { } media:
                Of(item.Choice).Add(new Piece(PieceKind.Other, item.Part) { Part = media });
                break;
            case ChatEventKind.Opaque:
                Of(item.Choice).Add(new Piece(PieceKind.Other, item.Part) { Part = new OpaquePart(origin, Copy(item.Type), Copy(item.Json)) });
                break;
            case ChatEventKind.PartStart when item.PartKind == PartKind.Opaque:
                Of(item.Choice).Add(new Piece(PieceKind.Other, item.Part) { Part = new OpaquePart(origin, Copy(item.Type), Copy(item.Json)) });
                break;
            case ChatEventKind.Finish:
                var choice = Of(item.Choice);
                (choice.Finish, choice.NativeFinish, choice.StopSequence) = (item.Finish, Copy(item.NativeFinish), Copy(item.Text));
                break;
            case ChatEventKind.Usage:
                _response.Usage = item.Usage;
                break;
            case ChatEventKind.Error:
                HasFailed = true;
                break;
        }
    }

    private Choice Of(int index)
    {
        if (_choices.TryGetValue(index, out var known)) return known;
        return _choices[index] = new Choice();
    }

    private static JsonText Copy(JsonText text) => text.IsPresent ? new JsonText(text.Span.ToArray()) : default;

    private static JsonSlice Copy(JsonSlice value) => value.IsPresent ? new JsonSlice(value.Span.ToArray()) : default;

    private enum PieceKind
    {
        Text,
        Refusal,
        Reasoning,
        Call,
        Other,
    }

    private sealed class Choice
    {
        public List<Piece> Pieces { get; } = [];

        public FinishReason Finish { get; set; }

        public JsonText NativeFinish { get; set; }

        public JsonText StopSequence { get; set; }

        public JsonSlice Logprobs { get; private set; }

        public void Add(Piece piece) => Pieces.Add(piece);

        /// <summary>The piece that an event continues: the last one, if it has the same kind and, in dialects that number parts, the same part.</summary>
        public Piece Find(PieceKind kind, int part)
        {
            if (part >= 0)
            {
                foreach (var known in Pieces) if (known.Kind == kind && known.Place == part) return known;
            }
            else if (Pieces.Count > 0 && Pieces[^1].Kind == kind) return Pieces[^1];
            Pieces.Add(new Piece(kind, part));
            return Pieces[^1];
        }

        public Piece Call(int index)
        {
            foreach (var known in Pieces) if (known.Kind == PieceKind.Call && known.Place == index) return known;
            Pieces.Add(new Piece(PieceKind.Call, index));
            return Pieces[^1];
        }

        /// <summary>Chat sends the tokens of each event; a whole response contains all of them in one list.</summary>
        public void AddLogprobs(JsonSlice more)
        {
            if (!Logprobs.IsObject)
            {
                Logprobs = new JsonSlice(more.Memory.ToArray());
                return;
            }
            using var output = new JsonOutput(Logprobs.Span.Length + more.Span.Length + 64);
            output.BeginObject();
            Join("content"u8, Logprobs, more, output);
            Join("refusal"u8, Logprobs, more, output);
            output.EndObject();
            Logprobs = new JsonSlice(output.WrittenSpan.ToArray());
        }

        private static void Join(ReadOnlySpan<byte> name, JsonSlice first, JsonSlice second, JsonOutput output)
        {
            var (a, b) = (first.Member(name), second.Member(name));
            if (!a.IsPresent && !b.IsPresent) return;
            output.Name(name);
            if (!a.IsArray || !b.IsArray)
            {
                output.Raw(a.IsArray || !b.HasValue ? a.IsPresent ? a : b : b);
                return;
            }
            output.BeginArray();
            foreach (var list in (JsonSlice[])[a, b])
            {
                var cursor = new JsonCursor(list.Memory);
                cursor.EnterArray();
                while (cursor.NextElement()) output.Raw(cursor.TakeValue());
            }
            output.EndArray();
        }
    }

    /// <param name="place">The part's index, or the call's.</param>
    private sealed class Piece(PieceKind kind, int place)
    {
        private readonly List<ReadOnlyMemory<byte>> _text = [];
        private readonly List<ReadOnlyMemory<byte>> _signature = [];

        public PieceKind Kind => kind;

        public int Place => place;

        public ContentPart? Part { get; init; }

        public JsonText Id { get; init; }

        public JsonText Name { get; init; }

        public JsonText Signature { get; init; }

        public bool IsCustom { get; init; }

        public JsonText Opaque { get; set; }

        public bool SignsText { get; set; }

        public JsonSlice Json { get; set; }

        public List<Citation> Citations { get; } = [];

        public void Append(JsonText text)
        {
            if (text.IsPresent) _text.Add(text.Span.ToArray());
        }

        public void Sign(JsonText text)
        {
            if (text.IsPresent) _signature.Add(text.Span.ToArray());
        }

        public ContentPart Complete(string origin) => kind switch
        {
            PieceKind.Text => new TextPart(Join(_text)) { Citations = Citations.Count > 0 ? Citations : null },
            PieceKind.Refusal => new RefusalPart(Join(_text)),
            PieceKind.Reasoning => new ReasoningPart(origin) { Text = _text.Count > 0 ? Join(_text) : default, Signature = _signature.Count > 0 ? Join(_signature) : default,
                Opaque = Opaque, SignsText = SignsText },
            PieceKind.Call => new ToolCallPart(Id, Name) { Arguments = new ToolArguments { Json = Json, Encoded = Json.IsPresent ? default : Join(_text) }, IsCustom = IsCustom,
                Signature = Signature },
            _ => Part!,
        };

        private static JsonText Join(List<ReadOnlyMemory<byte>> pieces)
        {
            if (pieces.Count == 1) return new JsonText(pieces[0]);
            var joined = new byte[pieces.Sum(piece => piece.Length)];
            var at = 0;
            foreach (var piece in pieces)
            {
                piece.Span.CopyTo(joined.AsSpan(at));
                at += piece.Length;
            }
            return new JsonText(joined);
        }
    }
}
