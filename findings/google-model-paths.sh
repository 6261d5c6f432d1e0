#!/usr/bin/env bash
# Google's clients (npm) for a model name with a slash, as gateways have them ("provider/model"): @ai-sdk/google and @langchain/google-genai leave
# `models/` out of the path, and @google/genai keeps it. None escapes the slash. For a name without a slash all three write `models/`.
# A gateway must take both forms, or some clients get a 404 for every model of another provider.
#
# Versions: @ai-sdk/google 4.0.121, ai 7.0.173, @langchain/google-genai 2.3.2, @langchain/core 1.4.0, @google/genai 3.1.0, Node 20.
# Exit code 0 while the paths are those below, 1 when they changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --loglevel=error @ai-sdk/google@4.0.121 ai@7.0.173 zod@4.6.7 @langchain/google-genai@2.3.2 @langchain/core@1.4.0 @google/genai@3.1.0 >/dev/null
cat >run.mjs <<'JS'
import { createServer } from 'node:http';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { GoogleGenAI } from '@google/genai';
import { ChatGoogleGenerativeAI } from '@langchain/google-genai';
import { generateText } from 'ai';

async function pathOf(ask) {
  let path;
  const server = createServer((request, response) => {
    path = request.url;
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"code":400,"message":"Not here.","status":"INVALID_ARGUMENT"}}');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  await ask(`http://127.0.0.1:${server.address().port}`).catch(() => {});
  server.closeAllConnections();
  server.close();
  return path;
}

const clients = {
  '@ai-sdk/google': (model) => (url) => generateText({ model: createGoogleGenerativeAI({ apiKey: 'k', baseURL: `${url}/v1beta` })(model), prompt: 'x', maxRetries: 0 }),
  '@langchain/google-genai': (model) => (url) => new ChatGoogleGenerativeAI({ apiKey: 'k', model, baseUrl: url, maxRetries: 0 }).invoke('x'),
  '@google/genai': (model) => (url) => new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: url } }).models.generateContent({ model, contents: 'x' }),
};
const expected = {
  '@ai-sdk/google': ['/v1beta/models/m:generateContent', '/v1beta/provider/m:generateContent'],
  '@langchain/google-genai': ['/v1beta/models/m:generateContent', '/v1beta/provider/m:generateContent'],
  '@google/genai': ['/v1/models/m:generateContent', '/v1/models/provider/m:generateContent'],
};
let isAsExpected = true;
for (const [name, client] of Object.entries(clients)) {
  const seen = [await pathOf(client('m')), await pathOf(client('provider/m'))];
  console.log(`${name}: ${seen.join(' and ')}`);
  isAsExpected &&= seen.join() === expected[name].join();
}
const isAsDescribed = isAsExpected;
console.log(isAsDescribed ? 'as described' : 'CHANGED');
process.exit(isAsDescribed ? 0 : 1);
JS
node run.mjs
