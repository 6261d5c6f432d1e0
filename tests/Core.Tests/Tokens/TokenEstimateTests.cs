using System.Text;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.OpenAIChat;
using Nano.Tokens;

namespace Nano.Tests.Tokens;

public sealed class TokenEstimateTests
{
    [Theory]
    [InlineData("gpt-4", "cl100k_base")]
    [InlineData("gpt-4-turbo", "cl100k_base")]
    [InlineData("gpt-35-turbo", "cl100k_base")]
    [InlineData("gpt-4o", "o200k_base")]
    [InlineData("gpt-4.1-mini", "o200k_base")]
    [InlineData("gpt-6.2-sol", "o200k_base")]
    [InlineData("o3", "o200k_base")]
    [InlineData("meta-llama/llama-5", "o200k_base")]
    [InlineData("a-model-of-tomorrow", "o200k_base")]
    public void Every_model_has_an_encoding(string model, string encoding) => Encodings.NameOf(model).ShouldBe(encoding);

    /// <summary>Counts of the published encodings.</summary>
    [Fact]
    public void Text_is_counted_as_the_encoding_counts_it()
    {
        Count("""{"model":"m","messages":[{"role":"user","content":"hello world"}]}""").ShouldBe(2 + 4);
        // Escapes are decoded: the line end is one token, not the two characters of its escape.
        Count("""{"model":"m","messages":[{"role":"user","content":"hello\n\nworld"}]}""").ShouldBe(3 + 4);
    }

    /// <summary>Case 15 of field/clients.md: system and tools are counted too.</summary>
    [Theory]
    [InlineData(""" "system":"Be terse.", """)]
    [InlineData(""" "system":[{"type":"text","text":"Be terse."}], """)]
    [InlineData(""" "tools":[{"name":"f","description":"Gets the weather of a city.","input_schema":{"type":"object"}}], """)]
    [InlineData(""" "tools":[{"type":"web_search_20250305","name":"web_search"}], """)]
    [InlineData(""" "output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}, """)]
    public void Each_part_of_a_request_counts(string member)
    {
        const string rest = """ "model":"m","messages":[{"role":"user","content":"Hello"}]}""";
        Count("{" + member + rest).ShouldBeGreaterThan(Count("{" + rest) + 3);
    }

    [Theory]
    [InlineData("""{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}""", 1000)]
    [InlineData("""{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AAAA"}}""", 1000)]
    [InlineData("""{"type":"document","source":{"type":"text","media_type":"text/plain","data":"one two three four five six"}}""", 6)]
    [InlineData("""{"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"one two three"}]}""", 6)]
    [InlineData("""{"type":"tool_result","tool_use_id":"t","content":"one two three four five six"}""", 6)]
    public void Each_block_counts(string block, long atLeast) =>
        Count($$"""{"model":"m","messages":[{"role":"user","content":[{{block}}]}]}""").ShouldBeGreaterThanOrEqualTo(atLeast);

    [Fact]
    public void A_model_that_splits_text_into_smaller_pieces_has_more_tokens()
    {
        var body = $$"""{"model":"m","messages":[{"role":"user","content":"{{string.Concat(Enumerable.Repeat("several words ", 100))}}"}]}""";
        Count(body, "anthropic.claude-opus-5-5").ShouldBeInRange(Count(body, "m") + 20, Count(body, "m") * 5 / 4);
    }

    /// <summary>The tokenizer needs seconds for each of these in one piece, and a caller may send megabytes of them.</summary>
    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("!")]
    [InlineData("7")]
    [InlineData("é")]
    public void Long_runs_are_split(string character)
    {
        var text = string.Concat(Enumerable.Repeat(character, 100_000));
        var longest = 0;
        var rejoined = new StringBuilder();
        foreach (var piece in new TextPieces(text))
        {
            longest = Math.Max(longest, piece.Length);
            rejoined.Append(piece);
        }
        rejoined.ToString().ShouldBe(text);
        longest.ShouldBe(TextPieces.MaxRun);
    }

    [Fact]
    public void Ordinary_text_is_one_piece()
    {
        var pieces = 0;
        foreach (var _ in new TextPieces(string.Concat(Enumerable.Repeat("Words, and then 42 more.\n", 1000)))) pieces++;
        pieces.ShouldBe(1);
    }

    [Fact]
    public void Characters_are_not_split()
    {
        foreach (var piece in new TextPieces(string.Concat(Enumerable.Repeat("😀", 1000))))
            (char.IsLowSurrogate(piece[0]) || char.IsHighSurrogate(piece[^1])).ShouldBeFalse();
    }

    [Fact]
    public void Text_beyond_the_bound_counts_in_proportion()
    {
        const string words = "several words and some more of them ";
        long Words(int count) => Count($$"""{"model":"m","messages":[{"role":"user","content":"{{string.Concat(Enumerable.Repeat(words, count))}}"}]}""");
        var (half, whole) = (Words(50_000), Words(100_000));
        whole.ShouldBeInRange(half * 195 / 100, half * 205 / 100);
    }

    [Fact]
    public void A_guess_by_length_is_near_the_count()
    {
        var body = Encoding.UTF8.GetBytes(
            $$"""{"model":"m","messages":[{"role":"user","content":"{{string.Concat(Enumerable.Repeat("The quick brown fox jumps over the lazy dog. ", 100))}}"}]}""");
        var guess = TokenEstimate.Guess(new AnthropicMessagesDialect().ReadRequest(body));
        guess.ShouldBeInRange(800, 1300);
        TokenEstimate.Guess(new OpenAIChatDialect().ReadRequest(body)).ShouldBe(guess);
    }

    private static long Count(string body, string model = "m") => TokenEstimate.Count(new AnthropicMessagesDialect().ReadRequest(Encoding.UTF8.GetBytes(body)), model);
}
