using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;

namespace Nano.LocalHost.Tests.Embeddings;

/// <summary>The host with the embeddings of every provider.</summary>
public class EmbeddingFixture : GatewayFixture, IAsyncLifetime
{
    protected override Dictionary<string, string> Settings(string upstream)
    {
        var settings = base.Settings(upstream);
        AddVendors(settings, upstream);
        settings["COHERE_BASE_URL"] = $"{upstream}/cohere";
        settings["AWS_REGION"] = "eu-central-1";
        settings["BEDROCK_BASE_URL"] = $"{upstream}/bedrock";
        settings["BEDROCK_API_KEY"] = ProviderKey("bedrock");
        settings["VERTEX_BASE_URL"] = $"{upstream}/vertex";
        settings["VERTEX_API_KEY"] = "AIza" + ProviderKey("vertex");
        return settings;
    }

    async Task IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        Upstream.Responder = FakeEmbedder.Respond;
    }

    /// <summary>Clears earlier requests and sends a new one.</summary>
    public async Task<GatewayReply> PostAsync(string path, string body, params (string Name, string Value)[] headers)
    {
        Upstream.Clear();
        Usage.Clear();
        using var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers) message.Headers.TryAddWithoutValidation(name, value);
        using var response = await Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        if (response.Headers.TryGetValues("x-request-id", out var ids)) Usage.LastRequestId = ids.First();
        return await GatewayReply.ReadAsync(response);
    }

    public Task<GatewayReply> EmbedAsync(string model, object input, object? more = null, params (string Name, string Value)[] headers) =>
        PostAsync("/v1/embeddings", Body(model, input, more), headers);

    public static string Body(string model, object input, object? more = null)
    {
        var body = new Dictionary<string, object?> { ["model"] = model, ["input"] = input };
        foreach (var property in more?.GetType().GetProperties() ?? []) body[property.Name] = property.GetValue(more);
        return JsonSerializer.Serialize(body);
    }

    /// <summary>The vectors of a response in OpenAI's format, which is checked.</summary>
    public static float[][] Vectors(GatewayReply reply, bool asBase64)
    {
        ((int)reply.Status).ShouldBe(200, reply.Text);
        reply.Json.GetProperty("object").GetString().ShouldBe("list");
        var data = reply.Json.GetProperty("data").EnumerateArray().ToArray();
        data.Select(item => item.GetProperty("index").GetInt32()).ShouldBe(Enumerable.Range(0, data.Length));
        data.ShouldAllBe(item => item.GetProperty("object").GetString() == "embedding");
        return [.. data.Select(item => asBase64 ? Decode(item.GetProperty("embedding").GetString()!) : item.GetProperty("embedding").Deserialize<float[]>()!)];
    }

    private static float[] Decode(string base64)
    {
        var bytes = Convert.FromBase64String(base64);
        return [.. Enumerable.Range(0, bytes.Length / 4).Select(i => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * 4)))];
    }
}
