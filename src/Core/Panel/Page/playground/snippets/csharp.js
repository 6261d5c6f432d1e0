import { addressOf, keyHeader } from './addresses.js';
import { literal } from '../../text/literal.js';

/** SDK methods that send a body unchanged, so that every member of the request is sent. */
const OPENAI = {
  chat: { space: 'Chat', client: 'ChatClient', method: 'CompleteChatAsync', print: 'answer.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content")' },
  embeddings: { space: 'Embeddings', client: 'EmbeddingClient', method: 'GenerateEmbeddingsAsync', print: 'answer.RootElement.GetProperty("data")[0].GetProperty("embedding")' },
};

/** Where the text is in a response of each API. */
const TEXTS = {
  responses: `foreach (var item in answer.RootElement.GetProperty("output").EnumerateArray())
    if (item.TryGetProperty("content", out var parts))
        foreach (var part in parts.EnumerateArray())
            if (part.TryGetProperty("text", out var text)) Console.Write(text);`,
  messages: `foreach (var block in answer.RootElement.GetProperty("content").EnumerateArray())
    if (block.TryGetProperty("text", out var text)) Console.Write(text);`,
  gemini: `foreach (var part in answer.RootElement.GetProperty("candidates")[0].GetProperty("content").GetProperty("parts").EnumerateArray())
    if (part.TryGetProperty("text", out var text)) Console.Write(text);`,
};

export const csharp = (call) => (OPENAI[call.api] ? openai(call, OPENAI[call.api]) : http(call));

/** A raw string literal with enough quotes for any body. */
function raw(body) {
  const text = literal(body);
  const quotes = '"'.repeat(Math.max(3, ...[...text.matchAll(/"+/g)].map((run) => run[0].length + 1)));
  return `${quotes}\n${text}\n${quotes}`;
}

function openai({ body, baseUrl, strict }, { space, client, method, print }) {
  return `#:package OpenAI@2.*
using System.ClientModel;
${strict ? 'using System.ClientModel.Primitives;\n' : ''}using System.Text.Json;
using OpenAI;
using OpenAI.${space};

var client = new ${client}(${literal(body.model)}, new ApiKeyCredential(Environment.GetEnvironmentVariable("NANO_API_KEY")!),
    new OpenAIClientOptions { Endpoint = new Uri(${literal(baseUrl)}) });
using var body = BinaryContent.Create(BinaryData.FromString(${raw(body)}));
${strict ? 'var options = new RequestOptions();\noptions.SetHeader("x-nano-strict", "true");\n' : ''}ClientResult result = await client.${method}(body${strict ? ', options' : ''});
using var answer = JsonDocument.Parse(result.GetRawResponse().Content);
Console.WriteLine(${print});
`;
}

function http(call) {
  const name = keyHeader(call.api);
  const header = (key, value) => `request.Headers.Add("${key}", ${value});\n`;
  return `using System.Text;
using System.Text.Json;

using var client = new HttpClient();
using var request = new HttpRequestMessage(HttpMethod.Post, ${literal(addressOf(call))});
${header(name, `${name === 'Authorization' ? '"Bearer " + ' : ''}Environment.GetEnvironmentVariable("NANO_API_KEY")`)}${call.api === 'messages' ? header('anthropic-version', '"2023-06-01"') : ''}${call.strict ? header('x-nano-strict', '"true"') : ''}request.Content = new StringContent(${raw(call.body)}, Encoding.UTF8, "application/json");
using var response = await client.SendAsync(request);
response.EnsureSuccessStatusCode();
using var answer = JsonDocument.Parse(await response.Content.ReadAsStreamAsync());
${TEXTS[call.api]}
Console.WriteLine();
`;
}
