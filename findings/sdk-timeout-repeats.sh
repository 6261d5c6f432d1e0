#!/usr/bin/env bash
# openai and @anthropic-ai/sdk (npm): when the client's own timeout ends a request, it sends the same POST again, twice by default, and nothing in
# the repetitions lets a server recognize the first one: there is no idempotency key. A generation that takes longer than the timeout is started
# three times, and the application sees one error.
# A gateway must stop the upstream when its caller leaves; it cannot merge the repetitions.
#
# Versions: openai 7.55.0, @anthropic-ai/sdk 1.10.0, Node 20. Seen: three requests with the same body, no header with an id of the request.
# Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --loglevel=error openai@7.55.0 @anthropic-ai/sdk@1.10.0 >/dev/null
cat >run.mjs <<'JS'
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

async function requestsOf(ask) {
  const requests = [];
  const server = createServer(async (request) => {
    let body = '';
    for await (const piece of request) body += piece;
    requests.push({ body, ids: Object.keys(request.headers).filter((name) => /idempotency|request-id/.test(name)) });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const error = await ask(`http://127.0.0.1:${server.address().port}`).catch((raised) => raised.constructor.name);
  server.closeAllConnections();
  server.close();
  return `${requests.length} requests, ${new Set(requests.map((request) => request.body)).size} body, ids [${requests.flatMap((request) => request.ids)}], then ${error}`;
}

const ask = { model: 'm', messages: [{ role: 'user', content: 'x' }] };
const seen = {
  openai: await requestsOf((baseURL) => new OpenAI({ apiKey: 'k', baseURL, timeout: 1000 }).chat.completions.create(ask)),
  '@anthropic-ai/sdk': await requestsOf((baseURL) => new Anthropic({ apiKey: 'k', baseURL, timeout: 1000 }).messages.create({ ...ask, max_tokens: 1 })),
};
const version = JSON.parse(readFileSync('node_modules/openai/package.json')).version;
console.log(`openai ${version}`);
for (const [name, line] of Object.entries(seen)) console.log(`${name}: ${line}`);
const isAsDescribed = Object.values(seen).every((line) => line === '3 requests, 1 body, ids [], then APIConnectionTimeoutError');
console.log(isAsDescribed ? 'as described' : 'CHANGED');
process.exit(isAsDescribed ? 0 : 1);
JS
node run.mjs
