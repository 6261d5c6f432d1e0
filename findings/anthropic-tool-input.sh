#!/usr/bin/env bash
# @anthropic-ai/sdk (npm): `messages.stream()` returns a tool call with other input than the server sent, and raises nothing.
# - Arguments that are cut (stop_reason max_tokens): the input is what could be parsed; the member that was being written is missing.
# - Blocks whose first index is not 0: the call has the input {}.
# An agent that runs the call without a look at stop_reason writes an empty file or deletes without a filter. A gateway must number the blocks
# of a stream from 0 without gaps, also where it leaves one out.
#
# Version: @anthropic-ai/sdk 1.10.0, Node 20. Seen: {"path":"a.txt"} for {"path":"a.txt","text":"hel and {} for {"path":"a.txt"} at index 1.
# Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --loglevel=error @anthropic-ai/sdk@1.10.0 >/dev/null
cat >run.mjs <<'JS'
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import Anthropic from '@anthropic-ai/sdk';

const data = (event) => `data: ${JSON.stringify(event)}\n\n`;
async function withStream(text, use) {
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try { return await use(`http://127.0.0.1:${server.address().port}`); }
  catch (error) { return `${error.constructor.name}: ${error.message}`; }
  finally { server.closeAllConnections(); server.close(); }
}
const event = (type, members = {}) => `event: ${type}\n` + data({ type, ...members });
const start = event('message_start', { message: { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 3, output_tokens: 1 } } });
const end = (stop_reason) => event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 2 } }) + event('message_stop');
const call = (index, text) => event('content_block_start', { index, content_block: { type: 'tool_use', id: 't', name: 'write', input: {} } })
  + event('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json: text } }) + event('content_block_stop', { index });
const message = (stream) => withStream(stream, (url) =>
  new Anthropic({ apiKey: 'k', baseURL: url }).messages.stream({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] }).finalMessage());

const cut = await message(start + call(0, '{"path":"a.txt","text":"hel') + end('max_tokens'));
const gap = await message(start + call(1, '{"path":"a.txt"}') + end('tool_use'));
const version = JSON.parse(readFileSync('node_modules/@anthropic-ai/sdk/package.json')).version;
const [cutInput, gapInput] = [cut, gap].map((made) => JSON.stringify(made.content?.[0]?.input ?? made));
console.log(`@anthropic-ai/sdk ${version}: cut arguments, ${cut.stop_reason}: ${cutInput}; index 1 first, ${gap.stop_reason}: ${gapInput}`);
const isAsDescribed = cutInput === '{"path":"a.txt"}' && gapInput === '{}';
console.log(isAsDescribed ? 'as described' : 'CHANGED');
process.exit(isAsDescribed ? 0 : 1);
JS
node run.mjs
