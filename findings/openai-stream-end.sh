#!/usr/bin/env bash
# openai (npm): a streamed response that ends early is hard to tell from a complete one.
# - Chat, `stream: true`: the loop ends normally when the connection closes without a finish reason and without [DONE].
# - Responses, `responses.stream().finalResponse()`: resolves for a stream without an end event, with status "in_progress", and for a stream
#   that ends with response.failed, with status "failed" and without the text that had arrived.
# - Responses, `stream: true`: an error event without an `event:` line is yielded like any other event; with that line it raises APIError.
# A gateway must break the connection after a failure and write the `event:` line, or callers take half a response for a whole one.
#
# Version: openai 7.55.0, Node 20. Exit code 0 while all of that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --loglevel=error openai@7.55.0 >/dev/null
cat >run.mjs <<'JS'
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import OpenAI from 'openai';

const data = (event) => `data: ${JSON.stringify(event)}\n\n`;
async function withStream(text, use) {
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try { return await use(`http://127.0.0.1:${server.address().port}`); }
  catch (error) { return `${error.constructor.name}: ${error.message}`; }
  finally { server.closeAllConnections(); server.close(); }
}
const chunk = (delta, finish_reason = null) => data({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason }] });
const event = (type, members) => `event: ${type}\n` + data({ type, ...members });
const response = (status, members) => ({ id: 'r', object: 'response', created_at: 1, status, model: 'm', output: [], error: null, ...members });
const begun = event('response.created', { sequence_number: 0, response: response('in_progress') })
  + event('response.output_item.added', { sequence_number: 1, output_index: 0, item: { id: 'i', type: 'message', role: 'assistant', status: 'in_progress', content: [] } })
  + event('response.content_part.added', { sequence_number: 2, item_id: 'i', output_index: 0, content_index: 0, part: { type: 'output_text', text: '', annotations: [] } })
  + event('response.output_text.delta', { sequence_number: 3, item_id: 'i', output_index: 0, content_index: 0, delta: 'Half' });
const failed = begun + event('response.failed', { sequence_number: 4, response: response('failed', { error: { code: 'server_error', message: 'It failed.' } }) });
const error = { type: 'error', sequence_number: 4, code: 'server_error', message: 'It failed.', param: null };

const client = (baseURL) => new OpenAI({ apiKey: 'k', baseURL, maxRetries: 0 });
const chat = async (url) => {
  let text = '';
  for await (const part of await client(url).chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'x' }], stream: true })) text += part.choices[0].delta.content;
  return `ends normally with "${text}"`;
};
const final = async (url) => {
  const result = await client(url).responses.stream({ model: 'm', input: 'x' }).finalResponse();
  return `resolves, status ${result.status}, text "${result.output_text}"`;
};
const loop = async (url) => {
  let last;
  for await (const part of await client(url).responses.create({ model: 'm', input: 'x', stream: true })) last = part.type;
  return `ends normally after ${last}`;
};
const cases = [
  ['Chat, connection closed early', chunk({ role: 'assistant', content: 'Half' }), chat, 'ends normally with "Half"'],
  ['Responses helper, connection closed early', begun, final, 'resolves, status in_progress, text "Half"'],
  ['Responses helper, response.failed', failed, final, 'resolves, status failed, text ""'],
  ['Responses loop, error event without event line', begun + data(error), loop, 'ends normally after error'],
  ['Responses loop, error event with event line', begun + event('error', error), loop, 'APIError: It failed.'],
];
let isAsExpected = true;
const version = JSON.parse(readFileSync('node_modules/openai/package.json')).version;
console.log(`openai ${version}`);
for (const [name, stream, use, expected] of cases) {
  const seen = await withStream(stream, use);
  console.log(`${name}: ${seen}`);
  isAsExpected &&= seen === expected;
}
const isAsDescribed = isAsExpected;
console.log(isAsDescribed ? 'as described' : 'CHANGED');
process.exit(isAsDescribed ? 0 : 1);
JS
node run.mjs
