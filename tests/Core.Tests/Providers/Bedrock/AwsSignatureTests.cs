using System.Security.Cryptography;
using System.Text;
using Nano.Dialects;
using Nano.Providers.Bedrock;

namespace Nano.Tests.Providers.Bedrock;

/// <summary>
/// Signatures that Amazon published: its test suite for signature version 4 (one key, one moment, the service
/// <c>service</c>), and the example of its reference, a request to IAM.
/// </summary>
public sealed class AwsSignatureTests
{
    private const string Host = "host:example.amazonaws.com", Date = "x-amz-date:20150830T123600Z";
    private const string Empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    // The key of all published examples: it has no access.
    private static readonly AwsKey Key = new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", null);

    public static TheoryData<string, string, string, string, string[], string, string> Published => new()
    {
        { "get-vanilla", "GET", "/", "", [Host, Date], "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
        { "post-vanilla", "POST", "/", "", [Host, Date], "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b" },
        { "get-vanilla-query-order-key-case", "GET", "/", "?Param2=value2&Param1=value1", [Host, Date], "", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
        { "get-vanilla-empty-query-key", "GET", "/", "?Param1=value1", [Host, Date], "", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb" },
        { "get-utf8", "GET", "/\u1234", "", [Host, Date], "", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
        { "get-space", "GET", "/example space/", "", [Host, Date], "", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741" },
        { "get-relative", "GET", "/example/..", "", [Host, Date], "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
        { "get-slash", "GET", "//", "", [Host, Date], "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
        { "get-header-value-trim", "GET", "/", "", [Host, Date, "my-header1: value1", "my-header2: \"a   b   c\""], "",
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736" },
        { "post-header-key-sort", "POST", "/", "", [Date, "my-header1:value1", Host], "", "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c" },
        { "post-x-www-form-urlencoded", "POST", "/", "", ["content-type:application/x-www-form-urlencoded", Host, Date], "Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a" },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void A_published_request_gets_the_published_signature(string name, string method, string path, string query, string[] headers, string body, string signature)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
        var made = AwsSignature.Authorization(method, path, query, Headers(headers), hash, Key, "us-east-1", "service", "20150830T123600Z");
        made.ShouldEndWith($"Signature={signature}", Case.Sensitive, name);
    }

    [Fact]
    public void The_example_of_the_reference_gets_its_authorization() =>
        AwsSignature.Authorization("GET", "/", "?Action=ListUsers&Version=2010-05-08",
            Headers(["content-type:application/x-www-form-urlencoded; charset=utf-8", "host:iam.amazonaws.com", Date]), Empty, Key, "us-east-1", "iam", "20150830T123600Z")
            .ShouldBe("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, "
                + "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");

    /// <summary>The signature encodes the percent-encoded path again: a colon is %3A, and %253A there.</summary>
    [Theory]
    [InlineData("/model/a%3A0/converse", "/model/a%253A0/converse")]
    [InlineData("/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x/converse",
        "/model/arn%253Aaws%253Abedrock%253Aus-east-1%253A1%253Ainference-profile%252Fus.x/converse")]
    [InlineData("/model/a:0/converse", "/model/a%3A0/converse")]
    public void A_path_is_encoded_twice(string sent, string canonical) =>
        AwsSignature.CanonicalRequest("POST", sent, "", [("host", "h")], "host", "hash").ShouldBe($"POST\n{canonical}\n\nhost:h\n\nhost\nhash");

    [Theory]
    [InlineData(null, "host;x-amz-date")]
    [InlineData("the-token", "host;x-amz-date;x-amz-security-token")]
    public void A_request_is_signed_as_it_is_sent(string? token, string names)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "https://bedrock-runtime.eu-west-1.amazonaws.com/model/x%3A0/converse");
        var body = Encoding.UTF8.GetBytes("""{"messages":[]}""");
        AwsSignature.Sign(message, BodySplice.Of(body), Key with { Token = token }, "eu-west-1", "bedrock", new DateTimeOffset(2026, 11, 23, 13, 0, 5, TimeSpan.Zero));
        AwsSignature.Sign(message, BodySplice.Of(body), Key with { Token = token }, "eu-west-1", "bedrock", new DateTimeOffset(2026, 11, 23, 13, 0, 6, TimeSpan.Zero));

        message.Headers.GetValues("x-amz-date").ShouldBe(["20261123T130006Z"]);
        (message.Headers.TryGetValues("x-amz-security-token", out var sent) ? sent.Single() : null).ShouldBe(token);
        var headers = new List<(string, string)> { ("host", "bedrock-runtime.eu-west-1.amazonaws.com"), ("x-amz-date", "20261123T130006Z") };
        if (token is not null) headers.Add(("x-amz-security-token", token));
        var expected = AwsSignature.Authorization("POST", "/model/x%3A0/converse", "", headers, Convert.ToHexStringLower(SHA256.HashData(body)), Key, "eu-west-1", "bedrock",
            "20261123T130006Z");
        message.Headers.GetValues("Authorization").ShouldBe([expected]);
        expected.ShouldContain($"SignedHeaders={names},");
    }

    private static List<(string, string)> Headers(string[] lines) => [.. lines.Select(line => (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 1)..]))];
}
