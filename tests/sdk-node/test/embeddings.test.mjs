// npm openai's embeddings, which ask for base64 and decode it, with models behind the gateway that speak other APIs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startGateway } from '../support/gateway.mjs';

let gateway;
before(async () => {
  gateway = await startGateway();
});
after(() => gateway?.stop());

const own = (values) => ({ object: 'list', model: 'm', data: values.map((embedding, index) => ({ object: 'embedding', index, embedding })), usage: { prompt_tokens: 2, total_tokens: 2 } });
const base64 = (values) => Buffer.from(new Float32Array(values).buffer).toString('base64');
const cases = [
  ['openai, as base64', 'openai/text-embedding-3-small', own([base64([1, 0.5]), base64([-2, 4])])],
  ['openai, by a server that sends lists all the same', 'openai/text-embedding-3-small', own([[1, 0.5], [-2, 4]])],
  ['google', 'google/gemini-embedding-001', { embeddings: [{ values: [1, 0.5] }, { values: [-2, 4] }], usageMetadata: { promptTokenCount: 2 } }],
];

for (const [name, model, body] of cases) {
  test(`two texts with ${name}`, async () => {
    gateway.upstream.script({ body: JSON.stringify(body) });
    const response = await gateway.client().embeddings.create({ model, input: ['a', 'b'] });
    assert.deepEqual(response.data.map((item) => Array.from(item.embedding)), [[1, 0.5], [-2, 4]]);
    assert.equal(response.usage.total_tokens, 2);
  });

  test(`lists of numbers, when they are asked for, with ${name}`, async () => {
    gateway.upstream.script({ body: JSON.stringify(body) });
    const response = await gateway.client().embeddings.create({ model, input: ['a', 'b'], encoding_format: 'float' });
    assert.deepEqual(response.data.map((item) => item.embedding), [[1, 0.5], [-2, 4]]);
  });
}

test('a provider without embeddings is a 400 that names the cause', async () => {
  await assert.rejects(gateway.client().embeddings.create({ model: 'anthropic/claude-opus-5-5', input: 'a' }), (error) => error.status === 400 && error.code === 'embeddings_not_supported');
});
