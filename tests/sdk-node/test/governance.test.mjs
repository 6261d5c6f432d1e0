// npm openai, @anthropic-ai/sdk and @google/genai with virtual keys: refusals are typed errors, and retried as the gateway requests.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import { AuthenticationError, PermissionDeniedError, RateLimitError } from 'openai';
import { startGateway } from '../support/gateway.mjs';

let folder;
let gateway;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nano-keys-'));
  gateway = await startGateway({ settings: { STATE_STORE: `sqlite:${join(folder, 'state.db')}`, STATE_TIMEOUT_MILLISECONDS: '60000', ECHO_PRICES: '1,2' } });
});
after(async () => {
  await gateway?.stop();
  await rm(folder, { recursive: true, force: true });
});

const request = { model: 'nano/echo', max_tokens: 1000, messages: [{ role: 'user', content: 'Hello' }] };

const root = () => gateway.baseURL.replace(/\/v1$/, '');

async function createKey(limits) {
  const response = await fetch(new URL('/api/keys', gateway.baseURL), {
    method: 'POST', body: JSON.stringify(limits), headers: { 'content-type': 'application/json', authorization: `Bearer ${gateway.client().apiKey}` },
  });
  assert.equal(response.status, 201);
  return (await response.json()).key;
}

/** A client with a new virtual key, and the requests that it sends. */
async function clientWith(limits, options = {}) {
  const key = await createKey(limits);
  const sent = [];
  const counting = (url, init) => (sent.push(String(url)), fetch(url, init));
  return { client: gateway.client({ apiKey: key, fetch: counting, ...options }), sent };
}

test('a virtual key is a key', async () => {
  const { client } = await clientWith({ budgets: [{ usd: 1, window: 'day' }] });
  const response = await client.chat.completions.create(request);
  assert.match(response.choices[0].message.content, /Hello/);
  assert.deepEqual((await client.models.list()).data.map((model) => model.id).includes('nano/echo'), true);
});

test('a spent budget is a RateLimitError that is not retried', async () => {
  const { client, sent } = await clientWith({ budgets: [{ usd: 0.0001, window: 'month' }] }, { maxRetries: 5 });
  await assert.rejects(client.chat.completions.create(request), (error) => {
    assert.ok(error instanceof RateLimitError, String(error));
    assert.equal(error.code, 'budget_exceeded');
    assert.match(error.message, /0\.0001 USD per month/);
    return true;
  });
  assert.equal(sent.length, 1);
});

test('a rate is a RateLimitError that is retried after the time in retry-after', async () => {
  // One request a second: a refused one passes when it is sent again.
  const { client } = await clientWith({ requests_per_minute: 60, max_concurrency: 100 }, { maxRetries: 20 });
  const responses = await Promise.all(Array.from({ length: 62 }, () => client.chat.completions.create(request)));
  assert.equal(responses.length, 62);
});

test('a model that is not allowed is a PermissionDeniedError', async () => {
  const { client } = await clientWith({ models: ['openai/*'] });
  await assert.rejects(client.chat.completions.create(request), PermissionDeniedError);
});

test('a guessed key is an AuthenticationError', async () => {
  const client = gateway.client({ apiKey: `sk-nano-${'a'.repeat(54)}` });
  await assert.rejects(client.chat.completions.create(request), AuthenticationError);
});

test('a spent budget is a RateLimitError of the Anthropic SDK that is not retried, and a rate is retried', async () => {
  const ask = { model: 'nano/echo', max_tokens: 1000, messages: request.messages };
  let sent = 0;
  const counting = (url, init) => (sent++, fetch(url, init));
  const spent = new Anthropic({ baseURL: root(), apiKey: await createKey({ budgets: [{ usd: 0.0001, window: 'month' }] }), maxRetries: 5, fetch: counting });
  await assert.rejects(spent.messages.create(ask), (error) => {
    assert.ok(error instanceof Anthropic.RateLimitError, String(error));
    assert.equal(error.error.error.type, 'rate_limit_error');
    assert.match(error.message, /0\.0001 USD per month/);
    assert.ok(Number(error.headers.get('retry-after')) > 0);
    return true;
  });
  assert.equal(sent, 1);
  const limited = new Anthropic({ baseURL: root(), apiKey: await createKey({ requests_per_minute: 60, max_concurrency: 100 }), maxRetries: 20 });
  assert.equal((await Promise.all(Array.from({ length: 62 }, () => limited.messages.create(ask)))).length, 62);
});

test('a spent budget is an ApiError with status 429 of the Google SDK', async () => {
  const client = new GoogleGenAI({ apiKey: await createKey({ budgets: [{ usd: 0.0001, window: 'month' }] }), httpOptions: { baseUrl: root() } });
  await assert.rejects(client.models.generateContent({ model: 'nano/echo', contents: 'Hello', config: { maxOutputTokens: 1000 } }), (error) => {
    assert.ok(error instanceof ApiError, String(error));
    assert.equal(error.status, 429);
    assert.match(error.message, /RESOURCE_EXHAUSTED/);
    return true;
  });
});
