#!/usr/bin/env bash
# @langchain/openai (npm): a stream that breaks off in the middle of a tool call's arguments ends normally, and the call is in `tool_calls` as a
# valid one, its arguments completed to JSON. `invalid_tool_calls` is empty.
# An agent runs the call with a path or a filter that is cut. A gateway must break the connection when a provider's stream has no end.
#
# Versions: @langchain/openai 1.6.0, @langchain/core 1.4.0, Node 20. Seen: {"path":"/data/a"} for a cut {"path":"/data/archive/1"}, without an
# error. With a broken connection the client raises an error. Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --loglevel=error @langchain/openai@1.6.0 @langchain/core@1.4.0 >/dev/null
cat >run.mjs <<'JS'
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { ChatOpenAI } from '@langchain/openai';

const chunk = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, finish_reason: null,
  delta: { role: 'assistant', tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'remove', arguments: '{"path":"/data/a' } }] } }] })}\n\n`;

async function stream(isBroken) {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk, () => (isBroken ? response.destroy() : response.end()));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const model = new ChatOpenAI({ apiKey: 'k', model: 'm', maxRetries: 0, configuration: { baseURL: `http://127.0.0.1:${server.address().port}` } });
  try {
    let message;
    for await (const part of await model.stream('x')) message = message?.concat(part) ?? part;
    return `tool_calls ${JSON.stringify(message.tool_calls.map((call) => call.args))}, invalid_tool_calls ${message.invalid_tool_calls.length}`;
  } catch (error) {
    return 'an error';
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const version = JSON.parse(readFileSync('node_modules/@langchain/openai/package.json')).version;
const ended = await stream(false);
const broken = await stream(true);
console.log(`@langchain/openai ${version}: connection closed: ${ended}; connection broken: ${broken}`);
const isAsDescribed = ended === 'tool_calls [{"path":"/data/a"}], invalid_tool_calls 0' && broken === 'an error';
console.log(isAsDescribed ? 'as described' : 'CHANGED');
process.exit(isAsDescribed ? 0 : 1);
JS
node run.mjs
