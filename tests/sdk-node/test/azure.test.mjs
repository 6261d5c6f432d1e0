// npm openai's AzureOpenAI; only its endpoint and key are changed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AzureOpenAI } from 'openai';
import { startGateway } from '../support/gateway.mjs';

const key = 'the-key-of-the-azure-tests';
const model = 'nano/echo';
const messages = [{ role: 'user', content: 'Hello' }];
const said = 'Nano is working. You said: Hello';
const apiVersion = '2025-04-01-preview';

let gateway;
const endpoint = () => gateway.baseURL.slice(0, -'/v1'.length);
before(async () => (gateway = await startGateway({ key })));
after(() => gateway?.stop());

const clients = {
  'by its endpoint': () => new AzureOpenAI({ endpoint: endpoint(), apiKey: key, apiVersion, maxRetries: 0 }),
  'with a deployment': () => new AzureOpenAI({ endpoint: endpoint(), apiKey: key, apiVersion, deployment: model, maxRetries: 0 }),
  'with a base URL': () => new AzureOpenAI({ baseURL: gateway.baseURL, endpoint: undefined, apiKey: key, apiVersion, maxRetries: 0 }),
};

for (const [name, create] of Object.entries(clients)) {
  test(`a chat ${name}`, async () => {
    const completion = await create().chat.completions.create({ model, messages });
    assert.equal(completion.choices[0].message.content, said);
  });

  test(`a stream ${name}`, async () => {
    let text = '';
    for await (const chunk of await create().chat.completions.create({ model, messages, stream: true })) text += chunk.choices[0]?.delta.content ?? '';
    assert.equal(text, said);
  });
}

test('a response', async () => {
  const response = await clients['by its endpoint']().responses.create({ model, input: 'Hello' });
  assert.equal(response.output_text, said);
});

test('an unknown deployment', async () => {
  await assert.rejects(clients['by its endpoint']().chat.completions.create({ model: 'no-such-model', messages }), { status: 404, code: 'model_not_found' });
});
