#!/usr/bin/env bash
# openai (npm): a Retry-After of up to 60 s is waited for; one of more than 60 s is ignored, and the client repeats the request within 2 s, as
# if there were no header. @anthropic-ai/sdk, made from the same generator, waits for any value.
# A gateway that reports a long cooldown gets three requests at once from the clients that it wants to send away.
#
# Versions: openai 7.55.0, @anthropic-ai/sdk 1.10.0, Node 20. Seen: three requests within 5 s for 61 s and for a date 90 s ahead, one for 60 s;
# Anthropic's client sends one for 61 s. `x-should-retry: false` makes it one. Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --loglevel=error openai@7.55.0 @anthropic-ai/sdk@1.10.0 >/dev/null
cat >run.mjs <<'JS'
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import OpenAI from 'openai';
import Anthropic from '@anthropic-ai/sdk';

const ask = { model: 'm', messages: [{ role: 'user', content: 'x' }] };
const openai = (baseURL) => new OpenAI({ apiKey: 'k', baseURL }).chat.completions.create(ask);
const anthropic = (baseURL) => new Anthropic({ apiKey: 'k', baseURL }).messages.create({ ...ask, max_tokens: 1 });

// The requests that arrive within 5 s.
async function count(send, headers) {
  let requests = 0;
  const server = createServer((_, response) => {
    requests++;
    response.writeHead(429, { 'content-type': 'application/json', ...headers }).end('{"error":{"message":"Slow down.","type":"rate_limit"}}');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  await Promise.race([send(`http://127.0.0.1:${server.address().port}`).catch(() => {}), new Promise((resolve) => setTimeout(resolve, 5000))]);
  server.closeAllConnections();
  server.close();
  return requests;
}

const version = JSON.parse(readFileSync('node_modules/openai/package.json')).version;
const cases = [
  ['openai, Retry-After: 60', openai, { 'retry-after': '60' }, 1],
  ['openai, Retry-After: 61', openai, { 'retry-after': '61' }, 3],
  ['openai, Retry-After: a date 90 s ahead', openai, { 'retry-after': new Date(Date.now() + 90_000).toUTCString() }, 3],
  ['openai, Retry-After: 61 and x-should-retry: false', openai, { 'retry-after': '61', 'x-should-retry': 'false' }, 1],
  ['@anthropic-ai/sdk, Retry-After: 61', anthropic, { 'retry-after': '61' }, 1],
];
console.log(`openai ${version}`);
const seen = await Promise.all(cases.map(async ([, send, headers]) => count(send, headers)));
cases.forEach(([name], index) => console.log(`${name}: ${seen[index]} requests in 5 s`));
const isAsDescribed = cases.every(([, , , expected], index) => seen[index] === expected);
console.log(isAsDescribed ? 'as described' : 'CHANGED');
process.exit(isAsDescribed ? 0 : 1);
JS
node run.mjs
