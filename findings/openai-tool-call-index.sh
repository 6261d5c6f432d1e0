#!/usr/bin/env bash
# openai (npm): `chat.completions.stream()` merges two tool calls that share an index, as several compatible servers number them. The result is
# one call with the id and the name of the second and the arguments of both, one after the other, which is not JSON. It raises nothing.
# @langchain/openai returns two calls for the same stream.
# A gateway that passes such indexes on makes an agent lose one call and fail at the other.
#
# Versions: openai 7.55.0, @langchain/openai 1.6.0, @langchain/core 1.4.0, Node 20. Seen: one call, id b, arguments {"x":1}{"y":2}.
# Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --loglevel=error openai@7.55.0 @langchain/openai@1.6.0 @langchain/core@1.4.0 >/dev/null
cat >run.mjs <<'JS'
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import OpenAI from 'openai';
import { ChatOpenAI } from '@langchain/openai';

const data = (event) => `data: ${JSON.stringify(event)}\n\n`;
async function withStream(text, use) {
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try { return await use(`http://127.0.0.1:${server.address().port}`); }
  catch (error) { return `${error.constructor.name}: ${error.message}`; }
  finally { server.closeAllConnections(); server.close(); }
}
const chunk = (delta, finish_reason = null) => data({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason }] });
const call = (id, name, text) => chunk({ role: 'assistant', tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: text } }] });
const stream = call('a', 'f', '{"x":1}') + call('b', 'g', '{"y":2}') + chunk({}, 'tool_calls') + 'data: [DONE]\n\n';

const calls = await withStream(stream, async (url) => {
  const client = new OpenAI({ apiKey: 'k', baseURL: url });
  const response = await client.chat.completions.stream({ model: 'm', messages: [{ role: 'user', content: 'x' }] }).finalChatCompletion();
  return response.choices[0].message.tool_calls.map((made) => `${made.id} ${made.function.name} ${made.function.arguments}`);
});
const langChain = await withStream(stream, async (url) => {
  let message;
  for await (const part of await new ChatOpenAI({ apiKey: 'k', model: 'm', configuration: { baseURL: url } }).stream('x')) message = message?.concat(part) ?? part;
  return message.tool_calls.map((made) => `${made.id} ${made.name} ${JSON.stringify(made.args)}`);
});
const version = JSON.parse(readFileSync('node_modules/openai/package.json')).version;
console.log(`openai ${version}, two calls with index 0: ${JSON.stringify(calls)}; @langchain/openai: ${JSON.stringify(langChain)}`);
const isAsDescribed = JSON.stringify(calls) === JSON.stringify(['b g {"x":1}{"y":2}']) && langChain.length === 2;
console.log(isAsDescribed ? 'as described' : 'CHANGED');
process.exit(isAsDescribed ? 0 : 1);
JS
node run.mjs
