#!/usr/bin/env bash
# LangChain (npm) adds up token counts that servers send as totals.
# - @langchain/anthropic: usage_metadata.output_tokens is message_start's count plus message_delta's, although the latter is the total.
# - @langchain/openai: response_metadata.usage adds up the usage of all chunks; usage_metadata has the last one. Servers with
#   continuous usage statistics send a running total in each chunk.
# Applications bill by these numbers. A gateway that makes a Messages stream writes 0 output tokens in message_start.
#
# Versions: @langchain/anthropic 1.5.11, @langchain/openai 1.6.0, @langchain/core 1.4.0, Node 20. Seen: 14 output tokens for 4 and then 10;
# 30 prompt tokens for 10 in two chunks, and 10 in usage_metadata. Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --loglevel=error @langchain/anthropic@1.5.11 @langchain/openai@1.6.0 @langchain/core@1.4.0 >/dev/null
cat >run.mjs <<'JS'
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { ChatAnthropic } from '@langchain/anthropic';
import { ChatOpenAI } from '@langchain/openai';

const data = (event) => `data: ${JSON.stringify(event)}\n\n`;
async function withStream(text, use) {
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try { return await use(`http://127.0.0.1:${server.address().port}`); }
  catch (error) { return `${error.constructor.name}: ${error.message}`; }
  finally { server.closeAllConnections(); server.close(); }
}
const joined = async (parts) => {
  let message;
  for await (const part of await parts) message = message?.concat(part) ?? part;
  return message;
};
const event = (type, members = {}) => `event: ${type}\n` + data({ type, ...members });
const messages = (first) => event('message_start', { message: { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 3, output_tokens: first } } })
  + event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) + event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hello.' } })
  + event('content_block_stop', { index: 0 }) + event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 10 } }) + event('message_stop');
const anthropic = (first) => withStream(messages(first), async (url) =>
  (await joined(new ChatAnthropic({ apiKey: 'k', model: 'm', anthropicApiUrl: url }).stream('x'))).usage_metadata.output_tokens);

const usage = (completion_tokens) => ({ prompt_tokens: 10, completion_tokens, total_tokens: 10 + completion_tokens });
const chunk = (delta, finish_reason, completion) => data({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason }], usage: usage(completion) });
const openai = await withStream(chunk({ role: 'assistant', content: 'Hello.' }, null, 1) + chunk({}, 'stop', 5) + 'data: [DONE]\n\n', async (url) =>
  joined(new ChatOpenAI({ apiKey: 'k', model: 'm', configuration: { baseURL: url } }).stream('x')));
const [fromFour, fromZero] = [await anthropic(4), await anthropic(0)];
const [input, summed] = [openai.usage_metadata?.input_tokens, openai.response_metadata?.usage?.prompt_tokens];
const version = JSON.parse(readFileSync('node_modules/@langchain/anthropic/package.json')).version;
console.log(`@langchain/anthropic ${version}: ${fromFour} output tokens for 4 and then 10, ${fromZero} for 0 and then 10; @langchain/openai: 10 prompt tokens in two chunks, ${summed} in response_metadata, ${input} in usage_metadata`);
const isAsDescribed = fromFour === 14 && fromZero === 10 && input === 10 && summed === 30;
console.log(isAsDescribed ? 'as described' : 'CHANGED');
process.exit(isAsDescribed ? 0 : 1);
JS
node run.mjs
