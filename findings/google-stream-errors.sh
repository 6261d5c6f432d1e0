#!/usr/bin/env bash
# Google's clients (npm) on events of a Gemini stream that are valid server-sent events.
# - @langchain/google-genai: an error event ({"error": {...}}) in a stream that then ends is ignored: the response is what came before it.
# - @google/genai: an event that has an `event:` line in front of its data is dropped with its text, without an error.
# A gateway must break the connection after an error event, and must not write `event:` lines in Gemini streams.
#
# Versions: @langchain/google-genai 2.3.2, @langchain/core 1.4.0, @google/genai 3.1.0, Node 20. Seen: LangChain returns "Half" and no error,
# @google/genai raises ApiError there; @google/genai returns " two" for "one" with an event line and " two" without.
# Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --loglevel=error @langchain/google-genai@2.3.2 @langchain/core@1.4.0 @google/genai@3.1.0 >/dev/null
cat >run.mjs <<'JS'
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { GoogleGenAI } from '@google/genai';
import { ChatGoogleGenerativeAI } from '@langchain/google-genai';

const data = (event) => `data: ${JSON.stringify(event)}\n\n`;
async function withStream(text, use) {
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try { return await use(`http://127.0.0.1:${server.address().port}`); }
  catch (error) { return `${error.constructor.name}: ${error.message}`; }
  finally { server.closeAllConnections(); server.close(); }
}
const part = (text, finishReason) => data({ candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, finishReason }] });
const langChain = async (url) => {
  let text = '';
  for await (const piece of await new ChatGoogleGenerativeAI({ apiKey: 'k', model: 'm', baseUrl: url, maxRetries: 0 }).stream('x')) text += piece.content;
  return text;
};
const google = async (url) => {
  let text = '';
  for await (const piece of await new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: url } }).models.generateContentStream({ model: 'm', contents: 'x' })) text += piece.text ?? '';
  return text;
};
const failing = part('Half') + data({ error: { code: 503, message: 'It failed.', status: 'UNAVAILABLE' } });
const named = `event: message\n${part('one')}${part(' two', 'STOP')}`;
const seen = { langChain: await withStream(failing, langChain), google: await withStream(failing, google), named: await withStream(named, google) };
const version = JSON.parse(readFileSync('node_modules/@google/genai/package.json')).version;
console.log(`error event: @langchain/google-genai "${seen.langChain}", @google/genai ${version} "${seen.google}"; event line: @google/genai "${seen.named}"`);
const isAsDescribed = seen.langChain === 'Half' && seen.google.startsWith('ApiError') && seen.named === ' two';
console.log(isAsDescribed ? 'as described' : 'CHANGED');
process.exit(isAsDescribed ? 0 : 1);
JS
node run.mjs
