#!/usr/bin/env bash
# ai (npm, the AI SDK): after an error event of the provider, `textStream` ends normally and `text` resolves with the part that arrived. The only
# traces are finishReason "error", an error part of `fullStream`, and what the package writes to the console. A stream that is cut ends the same
# way with finishReason "interrupted", or, for @ai-sdk/openai-compatible, like an error event.
# A gateway cannot make this client raise an error by an event; an application must check finishReason.
#
# Versions: ai 7.0.173, @ai-sdk/openai 4.0.118, @ai-sdk/openai-compatible 3.0.92, Node 20. Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --loglevel=error ai@7.0.173 @ai-sdk/openai@4.0.118 @ai-sdk/openai-compatible@3.0.92 zod@4.6.7 >/dev/null
cat >run.mjs <<'JS'
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { streamText } from 'ai';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';

const data = (event) => `data: ${JSON.stringify(event)}\n\n`;
async function withStream(text, use) {
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try { return await use(`http://127.0.0.1:${server.address().port}`); }
  catch (error) { return `${error.constructor.name}: ${error.message}`; }
  finally { server.closeAllConnections(); server.close(); }
}
const chunk = (delta, finish_reason = null) => data({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason }] });
const half = chunk({ role: 'assistant', content: 'Half' });
const failing = half + data({ error: { message: 'It failed.', type: 'server_error', code: 'x' } });
const openai = (baseURL) => createOpenAI({ apiKey: 'k', baseURL }).chat('m');
const compatible = (baseURL) => createOpenAICompatible({ name: 'x', apiKey: 'k', baseURL })('m');
const read = (model) => async (url) => {
  let logged = 0;
  const result = streamText({ model: model(url), prompt: 'x', maxRetries: 0, onError: () => { logged++; } });
  let text = '';
  for await (const delta of result.textStream) text += delta;
  return `textStream ends normally with "${text}", text resolves with "${await result.text}", finishReason ${await result.finishReason}, onError called ${logged}x`;
};
const cases = [
  ['@ai-sdk/openai, error event', failing, openai, 'error, onError called 1x'],
  ['@ai-sdk/openai, cut', half, openai, 'interrupted, onError called 0x'],
  ['@ai-sdk/openai-compatible, error event', failing, compatible, 'error, onError called 1x'],
  ['@ai-sdk/openai-compatible, cut', half, compatible, 'error, onError called 1x'],
];
let isAsExpected = true;
const version = JSON.parse(readFileSync('node_modules/ai/package.json')).version;
console.log(`ai ${version}`);
for (const [name, stream, model, expected] of cases) {
  const seen = await withStream(stream, read(model));
  console.log(`${name}: ${seen}`);
  isAsExpected &&= seen === `textStream ends normally with "Half", text resolves with "Half", finishReason ${expected}`;
}
const isAsDescribed = isAsExpected;
console.log(isAsDescribed ? 'as described' : 'CHANGED');
process.exit(isAsDescribed ? 0 : 1);
JS
node run.mjs
