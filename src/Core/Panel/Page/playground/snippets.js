// The same request for a terminal and three SDKs. What a person wrote is in them as JSON and nowhere else, so that no
// quote, dollar or backtick of theirs means anything to the language around it.

/** Characters that end a line in some language, or that a reader does not see. JSON may escape them anywhere. */
const UNSEEN = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** @param {any} value @returns {string} JSON whose strings are also strings of Python, JavaScript and C# raw text */
export const literal = (value, indent = 2) => JSON.stringify(value, null, indent).replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * @typedef {{request: any, baseUrl: string, stream: boolean, strict: boolean}} Call
 * @type {Array<{id: string, name: string, write: (call: Call) => string}>}
 */
export const LANGUAGES = [
  { id: 'curl', name: 'curl', write: curl },
  { id: 'python', name: 'Python', write: python },
  { id: 'javascript', name: 'JavaScript', write: javascript },
  { id: 'csharp', name: 'C#', write: csharp },
];

/** A quoted here-document: the shell reads nothing in it, and it has no limit of length as an argument has. */
function curl({ request, baseUrl, stream, strict }) {
  const body = literal(stream ? { ...request, stream: true } : request);
  return `curl ${stream ? '-N ' : ''}${shellQuote(`${baseUrl}/chat/completions`)} \\
  -H "Authorization: Bearer $NANO_API_KEY" \\
  -H "Content-Type: application/json" \\${strict ? '\n  -H "x-nano-strict: true" \\' : ''}
  --data-binary @- <<'JSON'
${body}
JSON
`;
}

const shellQuote = (text) => (/^[\w.:/[\]-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** Parameters that the SDK's method has by name; anything else goes through extra_body. */
const PYTHON_NAMES = new Set(
  ('messages model audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata modalities n parallel_tool_calls '
    + 'prediction presence_penalty reasoning_effort response_format seed service_tier stop store temperature tool_choice tools top_logprobs top_p user '
    + 'verbosity web_search_options').split(' '),
);

function python({ request, baseUrl, stream, strict }) {
  const named = Object.entries(request).filter(([name]) => PYTHON_NAMES.has(name));
  const extra = Object.fromEntries(Object.entries(request).filter(([name]) => !PYTHON_NAMES.has(name) && name !== 'stream'));
  const lines = named.map(([name, value]) => `    ${name}=${pythonLiteral(value, 4)},`);
  if (Object.keys(extra).length) lines.push(`    extra_body=${pythonLiteral(extra, 4)},`);
  if (strict) lines.push('    extra_headers={"x-nano-strict": "true"},');
  if (stream) lines.push('    stream=True,');
  return `# pip install openai
import os

from openai import OpenAI

client = OpenAI(base_url=${literal(baseUrl)}, api_key=os.environ["NANO_API_KEY"])

${stream ? 'stream' : 'answer'} = client.chat.completions.create(
${lines.join('\n')}
)
${stream ? 'for chunk in stream:\n    if chunk.choices:\n        print(chunk.choices[0].delta.content or "", end="", flush=True)' : 'print(answer.choices[0].message.content)'}
`;
}

/** JSON, with Python's words for its three constants. */
function pythonLiteral(value, indent) {
  const pad = ' '.repeat(indent);
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return literal(value);
  const items = Array.isArray(value) ? value.map((item) => pythonLiteral(item, indent + 4)) : Object.entries(value).map(([name, item]) => `${literal(name)}: ${pythonLiteral(item, indent + 4)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return items.length ? `${open}\n${items.map((item) => `${pad}    ${item},\n`).join('')}${pad}${close}` : open + close;
}

function javascript({ request, baseUrl, stream, strict }) {
  // In a literal this one name would set the prototype.
  const body = literal(stream ? { ...request, stream: true } : request).replace(/^(\s*)"__proto__":/gm, '$1["__proto__"]:');
  return `// npm install openai
import OpenAI from "openai";

const client = new OpenAI({ baseURL: ${literal(baseUrl)}, apiKey: process.env.NANO_API_KEY });

const ${stream ? 'stream' : 'answer'} = await client.chat.completions.create(${body}${strict ? ', { headers: { "x-nano-strict": "true" } }' : ''});
${stream ? 'for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? "");' : 'console.log(answer.choices[0].message.content);'}
`;
}

/** The SDK's method that takes the body as it is: whatever the request holds arrives. */
function csharp({ request, baseUrl, strict }) {
  const body = literal(request);
  const quotes = '"'.repeat(Math.max(3, ...[...body.matchAll(/"+/g)].map((run) => run[0].length + 1)));
  return `#:package OpenAI@2.*
using System.ClientModel;
${strict ? 'using System.ClientModel.Primitives;\n' : ''}using System.Text.Json;
using OpenAI;
using OpenAI.Chat;

var client = new ChatClient(${literal(request.model)}, new ApiKeyCredential(Environment.GetEnvironmentVariable("NANO_API_KEY")!),
    new OpenAIClientOptions { Endpoint = new Uri(${literal(baseUrl)}) });
using var body = BinaryContent.Create(BinaryData.FromString(${quotes}
${body}
${quotes}));
${strict ? 'var options = new RequestOptions();\noptions.SetHeader("x-nano-strict", "true");\n' : ''}ClientResult result = await client.CompleteChatAsync(body${strict ? ', options' : ''});
using var answer = JsonDocument.Parse(result.GetRawResponse().Content);
Console.WriteLine(answer.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content"));
`;
}
