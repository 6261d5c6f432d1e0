#!/usr/bin/env bash
# @anthropic-ai/sdk (npm): the loop over a stream yields no events at all, and no error, when the stream has no `event:` lines, although each
# event's data carries its type. A signature that arrives in two deltas keeps only the second; text and thinking are joined.
# A gateway must write the `event:` line of every event, and a signature in one delta: the provider refuses a thinking block with half of one.
#
# Version: @anthropic-ai/sdk 1.10.0, Node 20. Seen: 0 events for a complete stream of 6; signature "cd" after "ab" and "cd".
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
const message = (stream) => withStream(stream, (url) =>
  new Anthropic({ apiKey: 'k', baseURL: url }).messages.stream({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] }).finalMessage());
const delta = (members) => event('content_block_delta', { index: 0, delta: members });
const text = start + event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) + delta({ type: 'text_delta', text: 'Hello.' })
  + event('content_block_stop', { index: 0 }) + end('end_turn');
const count = (stream) => withStream(stream, async (url) => {
  let events = 0;
  for await (const _ of await new Anthropic({ apiKey: 'k', baseURL: url }).messages.create({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'x' }], stream: true })) events++;
  return events;
});
const named = await count(text);
const unnamed = await count(text.replaceAll(/^event: .*\n/gm, ''));
const thinking = await message(start + event('content_block_start', { index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } })
  + delta({ type: 'thinking_delta', thinking: 'one' }) + delta({ type: 'thinking_delta', thinking: ' two' })
  + delta({ type: 'signature_delta', signature: 'ab' }) + delta({ type: 'signature_delta', signature: 'cd' }) + event('content_block_stop', { index: 0 }) + end('end_turn'));
const version = JSON.parse(readFileSync('node_modules/@anthropic-ai/sdk/package.json')).version;
const block = thinking.content?.[0] ?? thinking;
console.log(`@anthropic-ai/sdk ${version}: ${named} events with event lines, ${unnamed} without; thinking "${block.thinking}", signature "${block.signature}"`);
const isAsDescribed = named === 6 && unnamed === 0 && block.thinking === 'one two' && block.signature === 'cd';
console.log(isAsDescribed ? 'as described' : 'CHANGED');
process.exit(isAsDescribed ? 0 : 1);
JS
node run.mjs
