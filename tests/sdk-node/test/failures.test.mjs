// npm openai with streams that fail after they began: it throws, and keeps the message, however the stream is read.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { APIError } from 'openai';
import { startGateway } from '../support/gateway.mjs';

let gateway;
let client;
before(async () => {
  gateway = await startGateway();
  client = gateway.client();
});
after(() => gateway?.stop());

const request = { model: 'openai/gpt-x', messages: [{ role: 'user', content: 'Hello' }], stream: true };
const chunk = (delta, finish = null) => ({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] });
const hello = chunk({ role: 'assistant', content: 'Hello' });

const failures = [
  { name: 'an error event', script: { rest: [{ error: { message: 'engine died', type: 'server_error', param: null, code: 'engine_died' } }] }, message: /engine died/, code: 'engine_died' },
  { name: 'no end marker', script: {}, message: /broke off/, code: 'provider_stream_broken' },
  { name: 'a cut connection', script: { cut: true }, message: /broke off/, code: 'provider_stream_broken' },
];

/** The provider sends "Hello" and fails when the test has seen it. Returns the function that the test then calls. */
function scripted(script) {
  let seen;
  gateway.upstream.script({ events: [hello], hold: new Promise((resolve) => (seen = resolve)), ...script });
  return seen;
}

for (const { name, script, message, code } of failures) {
  const isTheError = (error) => {
    assert.ok(error instanceof APIError, String(error));
    assert.match(error.message, message);
    assert.equal(error.code, code);
    return true;
  };

  test(`${name}: the loop over chunks throws after the text that came`, async () => {
    const seen = scripted(script);
    const stream = await client.chat.completions.create(request);
    let text = '';
    await assert.rejects(async () => {
      for await (const piece of stream) {
        text += piece.choices[0]?.delta.content ?? '';
        seen();
      }
    }, isTheError);
    assert.equal(text, 'Hello');
  });

  test(`${name}: the stream helper rejects`, async () => {
    const seen = scripted(script);
    const stream = client.chat.completions.stream(request).on('content', seen);
    await assert.rejects(stream.finalChatCompletion(), isTheError);
  });

  test(`${name}: fetch sees the event and a broken connection`, async () => {
    const seen = scripted(script);
    const response = await fetch(`${gateway.baseURL}/chat/completions`, {
      method: 'POST', body: JSON.stringify(request), headers: { 'content-type': 'application/json', authorization: `Bearer ${client.apiKey}` },
    });
    let text = '';
    await assert.rejects(async () => {
      const decoder = new TextDecoder();
      for await (const bytes of response.body) {
        text += decoder.decode(bytes, { stream: true });
        seen();
      }
    });
    assert.match(text, message);
    assert.doesNotMatch(text, /\[DONE\]/);
  });
}

test('an empty event of the provider does not reach the SDK', async () => {
  gateway.upstream.script({ events: [hello, '', chunk({}, 'stop'), '[DONE]'] });
  const finishes = [];
  for await (const piece of await client.chat.completions.create(request)) finishes.push(piece.choices[0].finish_reason);
  assert.deepEqual(finishes, [null, 'stop']);
});
