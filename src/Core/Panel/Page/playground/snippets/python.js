import { GEMINI_CONFIG, geminiConfig, originOf } from './addresses.js';
import { literal } from '../../text/literal.js';

const names = (text) => new Set(text.split(' '));

/** Named parameters of the SDKs' methods; all other members are sent in extra_body. */
const OPENAI = {
  chat: {
    method: 'chat.completions',
    named: names('messages model audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata modalities n parallel_tool_calls '
      + 'prediction presence_penalty reasoning_effort response_format seed service_tier stop store temperature tool_choice tools top_logprobs top_p user '
      + 'verbosity web_search_options'),
    read: 'for chunk in stream:\n    if chunk.choices:\n        print(chunk.choices[0].delta.content or "", end="", flush=True)', print: 'print(answer.choices[0].message.content)',
  },
  responses: {
    method: 'responses',
    named: names('model input instructions include max_output_tokens metadata parallel_tool_calls previous_response_id reasoning service_tier store temperature text tool_choice tools top_p truncation user'),
    read: 'for event in stream:\n    if event.type == "response.output_text.delta":\n        print(event.delta, end="", flush=True)', print: 'print(answer.output_text)',
  },
  embeddings: { method: 'embeddings', named: names('model input dimensions encoding_format user'), read: '', print: 'print(answer.data[0].embedding)' },
};
const ANTHROPIC = names('max_tokens messages model metadata service_tier stop_sequences system temperature thinking tool_choice tools top_k top_p');

export const python = (call) => (call.api === 'gemini' ? gemini(call) : call.api === 'messages' ? messages(call) : openai(call));

/** The arguments of a method, one per line. */
function argumentsOf({ body, stream, strict }, named) {
  const lines = Object.entries(body).filter(([name]) => named.has(name)).map(([name, value]) => `    ${name}=${python.literal(value, 4)},`);
  const extra = Object.fromEntries(Object.entries(body).filter(([name]) => !named.has(name) && name !== 'stream'));
  if (Object.keys(extra).length) lines.push(`    extra_body=${python.literal(extra, 4)},`);
  if (strict) lines.push('    extra_headers={"x-nano-strict": "true"},');
  if (stream) lines.push('    stream=True,');
  return lines.join('\n');
}

function openai(call) {
  const { method, named, read, print } = OPENAI[call.api];
  return `# pip install openai
import os

from openai import OpenAI

client = OpenAI(base_url=${literal(call.baseUrl)}, api_key=os.environ["NANO_API_KEY"])

${call.stream ? 'stream' : 'answer'} = client.${method}.create(
${argumentsOf(call, named)}
)
${call.stream ? read : print}
`;
}

function messages(call) {
  return `# pip install anthropic
import os

from anthropic import Anthropic

client = Anthropic(base_url=${literal(originOf(call.baseUrl))}, api_key=os.environ["NANO_API_KEY"])

${call.stream ? 'stream' : 'answer'} = client.messages.create(
${argumentsOf(call, ANTHROPIC)}
)
${call.stream
    ? 'for event in stream:\n    if event.type == "content_block_delta" and event.delta.type == "text_delta":\n        print(event.delta.text, end="", flush=True)'
    : 'print("".join(block.text for block in answer.content if block.type == "text"))'}
`;
}

function gemini(call) {
  const { contents, config, extra } = geminiConfig(call.body, GEMINI_CONFIG);
  const http = { ...(extra ? { extra_body: extra } : {}), ...(call.strict ? { headers: { 'x-nano-strict': 'true' } } : {}) };
  const whole = { ...config, ...(Object.keys(http).length ? { http_options: http } : {}) };
  const written = python.literal(contents, 4);
  return `# pip install google-genai
${written.includes('base64.b64decode(') ? 'import base64\n' : ''}import os

from google import genai

client = genai.Client(api_key=os.environ["NANO_API_KEY"], http_options={"base_url": ${literal(originOf(call.baseUrl))}})

${call.stream ? 'stream' : 'answer'} = client.models.${call.stream ? 'generate_content_stream' : 'generate_content'}(
    model=${literal(call.model)},
    contents=${written},${Object.keys(whole).length ? `\n    config=${python.literal(whole, 4)},` : ''}
)
${call.stream ? 'for chunk in stream:\n    print(chunk.text or "", end="", flush=True)' : 'print(answer.text)'}
`;
}

/** JSON with Python's names for its three constants; Google's SDK takes bytes where its API has Base64. */
python.literal = (value, indent) => {
  const pad = ' '.repeat(indent);
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return literal(value);
  const member = ([name, item]) => `${literal(name)}: ${name === 'data' && typeof value.mimeType === 'string' ? `base64.b64decode(${literal(item)})` : python.literal(item, indent + 4)}`;
  const items = Array.isArray(value) ? value.map((item) => python.literal(item, indent + 4)) : Object.entries(value).map(member);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return items.length ? `${open}\n${items.map((item) => `${pad}    ${item},\n`).join('')}${pad}${close}` : open + close;
};
