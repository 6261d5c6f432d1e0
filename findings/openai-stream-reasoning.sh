#!/usr/bin/env bash
# openai (npm): the result of `chat.completions.stream()` has only the last fragment of a text member that the package does not know, such as
# `reasoning_content`, which many compatible providers stream. Each fragment replaces the one before; `content` is joined.
# An application that sends the message back, as such providers ask for with tool calls, sends a fragment of the reasoning.
#
# Version: openai 7.55.0, Node 20. Seen: reasoning_content is " three" after the fragments "one", " two", " three".
# Exit code 0 while that is so, 1 when it changed.
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
const stream = ['one', ' two', ' three'].map((reasoning_content) => chunk({ role: 'assistant', reasoning_content })).join('')
  + chunk({ content: 'four' }) + chunk({ content: ' five' }) + chunk({}, 'stop') + 'data: [DONE]\n\n';
const message = await withStream(stream, async (url) => {
  const client = new OpenAI({ apiKey: 'k', baseURL: url });
  return (await client.chat.completions.stream({ model: 'm', messages: [{ role: 'user', content: 'x' }] }).finalChatCompletion()).choices[0].message;
});
const version = JSON.parse(readFileSync('node_modules/openai/package.json')).version;
console.log(`openai ${version}: content "${message.content}", reasoning_content "${message.reasoning_content}"`);
const isAsDescribed = message.content === 'four five' && message.reasoning_content === ' three';
console.log(isAsDescribed ? 'as described' : 'CHANGED');
process.exit(isAsDescribed ? 0 : 1);
JS
node run.mjs
