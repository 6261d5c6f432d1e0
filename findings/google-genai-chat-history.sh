#!/usr/bin/env bash
# @google/genai (npm): a chat forgets a whole exchange, the user's message included, if one event of the streamed response has no
# parts. Servers end streams with such an event: it has the finish reason and the usage only.
# Expected by a reader of the API: the next request has the first message and its response in front.
#
# Versions: @google/genai 3.1.0, Node 20. Seen, as the roles of the second request's contents:
#   user                      after a stream whose last event has no parts: the first exchange is missing
#   user, model, model, user  after a stream whose last event has an empty text part: one content per event
# Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --loglevel=error @google/genai@3.1.0 >/dev/null
cat >run.mjs <<'JS'
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { GoogleGenAI } from '@google/genai';

const event = (candidate) => `data: ${JSON.stringify({ candidates: [candidate], modelVersion: 'm', responseId: 'r' })}\r\n\r\n`;
const text = event({ index: 0, content: { role: 'model', parts: [{ text: 'Hello.' }] } });
const ends = {
  'no parts': event({ index: 0, content: { role: 'model' }, finishReason: 'STOP' }),
  'an empty text part': event({ index: 0, content: { role: 'model', parts: [{ text: '' }] }, finishReason: 'STOP' }),
};

async function rolesAfter(end) {
  const bodies = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    bodies.push(JSON.parse(body));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(text + end);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: `http://127.0.0.1:${server.address().port}` } });
  const chat = client.chats.create({ model: 'm' });
  for (const message of ['one', 'two']) for await (const _ of await chat.sendMessageStream({ message }));
  server.closeAllConnections();
  server.close();
  return bodies[1].contents.map((content) => content.role).join(',');
}

const version = JSON.parse(readFileSync('node_modules/@google/genai/package.json')).version;
console.log(`@google/genai ${version}, Node ${process.version}`);
const seen = {};
for (const [name, end] of Object.entries(ends)) console.log(`last event with ${name}: the second request has the roles ${(seen[name] = await rolesAfter(end))}`);
const isAsDescribed = seen['no parts'] === 'user' && seen['an empty text part'] === 'user,model,model,user';
console.log(isAsDescribed ? 'as described' : 'CHANGED');
process.exit(isAsDescribed ? 0 : 1);
JS
node run.mjs
