// The official SDKs read whole responses that begin with white space (x-nano-keep-alive), and do not mistake an error after it for a response.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import OpenAI7 from 'openai7';
import { startGateway } from '../support/gateway.mjs';
import { providers } from '../support/providers.mjs';

const headers = { 'x-nano-keep-alive': 'true' };
const apiKey = 'the-key-of-the-node-tests';
const [openai] = providers;

let gateway;
let provider; // lets the provider respond
const plainFetch = globalThis.fetch;
before(async () => {
  gateway = await startGateway({ settings: { KEEP_ALIVE_SECONDS: '1' } });
  // Headers are sent with the first white space: before that, the provider does not respond.
  globalThis.fetch = async (...request) => {
    const response = await plainFetch(...request);
    assert.equal(response.headers.get('content-length'), null);
    provider();
    return response;
  };
});
after(async () => {
  globalThis.fetch = plainFetch;
  await gateway?.stop();
});

const script = (status, body) => gateway.upstream.script({ status, body: JSON.stringify(body), hold: new Promise((resolve) => (provider = resolve)) });

const root = () => gateway.baseURL.replace(/\/v1$/, '');
const messages = [{ role: 'user', content: 'Hello' }];
const embeddings = { object: 'list', model: 'm', data: [{ object: 'embedding', index: 0, embedding: [1, 0.5] }], usage: { prompt_tokens: 2, total_tokens: 2 } };
const chatOf = (Client) => async () => {
  const client = new Client({ baseURL: gateway.baseURL, apiKey, maxRetries: 0, defaultHeaders: headers });
  return (await client.chat.completions.create({ model: openai.model, messages })).choices[0].message.content;
};
const calls = {
  'openai, Chat': chatOf(OpenAI),
  'openai 7, Chat': chatOf(OpenAI7),
  'openai, Responses': async () => (await gateway.client({ defaultHeaders: headers }).responses.create({ model: 'anthropic/claude-haiku-5-5', input: 'Hello' })).output_text,
  'openai, Embeddings': async () => JSON.stringify((await gateway.client({ defaultHeaders: headers }).embeddings.create({ model: 'openai/text-embedding-3-small', input: 'Hello', encoding_format: 'float' })).data[0].embedding),
  '@anthropic-ai/sdk': async () => (await new Anthropic({ baseURL: root(), apiKey, maxRetries: 0, defaultHeaders: headers }).messages.create({ model: openai.model, max_tokens: 9, messages })).content[0].text,
  '@google/genai': async () => (await new GoogleGenAI({ apiKey, httpOptions: { baseUrl: root(), headers } }).models.generateContent({ model: openai.model, contents: 'Hello' })).text,
};
const responses = { 'openai, Responses': providers[1].text('Hi there.'), 'openai, Embeddings': embeddings };

for (const [name, call] of Object.entries(calls)) {
  test(`${name} reads a response behind white space`, async () => {
    script(200, responses[name] ?? openai.text('Hi there.'));
    assert.equal(await call(), name === 'openai, Embeddings' ? '[1,0.5]' : 'Hi there.');
  });

  test(`${name} raises an error behind white space`, async () => {
    script(429, openai.error('slow down'));
    // fetch's error for a connection that broke within a body.
    await assert.rejects(call, /terminated/);
  });
}
