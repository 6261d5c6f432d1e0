// npm openai with OpenAI, Anthropic and Google behind the gateway: vision, and the error types that callers catch.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { startGateway } from '../support/gateway.mjs';
import { providers } from '../support/providers.mjs';

let gateway;
let client;
before(async () => {
  gateway = await startGateway();
  client = gateway.client();
});
after(() => gateway?.stop());

const messages = [{ role: 'user', content: 'Hello' }];
const ask = (model, with_ = client) => with_.chat.completions.create({ model, messages });

for (const provider of providers) {
  test(`vision with ${provider.name}`, async () => {
    const image = Buffer.from(Array.from({ length: 300 }, (_, i) => i % 256)).toString('base64');
    gateway.upstream.script({ body: JSON.stringify(provider.text('A red square.')) });
    const answer = await client.chat.completions.create({
      model: provider.model,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } }] }],
    });
    assert.equal(answer.choices[0].message.content, 'A red square.');
    assert.equal(answer.usage.total_tokens, 14);
    assert.equal(gateway.upstream.requests.length, 1);
    assert.ok(gateway.upstream.requests[0].body.includes(image));
  });

  for (const [status, type] of [[400, OpenAI.BadRequestError], [404, OpenAI.NotFoundError], [422, OpenAI.UnprocessableEntityError], [429, OpenAI.RateLimitError]]) {
    test(`a ${status} of ${provider.name} is a ${type.name}`, async () => {
      gateway.upstream.script({ status, headers: { 'retry-after': '7' }, body: JSON.stringify(provider.error('Their own words.')) });
      await assert.rejects(ask(provider.model), (error) => {
        assert.ok(error instanceof type, `${error.constructor.name}: ${error}`);
        assert.match(error.message, /Their own words\./);
        if (status === 429) assert.equal(error.headers.get('retry-after'), '7');
        return true;
      });
    });
  }

  test(`${provider.name} refuses the gateway's key`, async () => {
    gateway.upstream.script({ status: 401, body: JSON.stringify(provider.error('bad key')) });
    await assert.rejects(ask(provider.model), (error) => {
      assert.ok(error instanceof OpenAI.InternalServerError);
      assert.equal(error.status, 502);
      assert.equal(error.code, 'provider_auth_failed');
      return true;
    });
  });
}

test('a wrong key is an AuthenticationError', async () => {
  await assert.rejects(ask('nano/echo', gateway.client({ apiKey: 'wrong' })), OpenAI.AuthenticationError);
});

test('an unknown model is a NotFoundError', async () => {
  await assert.rejects(ask('no-such-model'), (error) => error instanceof OpenAI.NotFoundError && error.code === 'model_not_found');
  await assert.rejects(client.models.retrieve('no-such-model'), OpenAI.NotFoundError);
});

test('missing messages are a BadRequestError', async () => {
  await assert.rejects(client.chat.completions.create({ model: 'nano/echo' }), OpenAI.BadRequestError);
});

test('a missing provider key is a 503 that names the setting', async () => {
  await assert.rejects(ask('xai/grok-4.6'), (error) => error.status === 503 && /XAI_API_KEY/.test(error.message));
});

test('case 5: a cut stream is an error and no clean end', async () => {
  const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o', choices: [{ index: 0, delta: { role: 'assistant', content: 'Half' }, finish_reason: null }] };
  gateway.upstream.script({ events: [chunk], cut: true });
  let text = '';
  await assert.rejects(async () => {
    for await (const piece of await client.chat.completions.create({ model: 'openai/gpt-4o', messages, stream: true })) text += piece.choices[0]?.delta.content ?? '';
  }, OpenAI.APIError);
  assert.equal(text, 'Half');
});
