// The official SDKs read cached responses, whole and streamed, in whichever form they were stored.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { startGateway } from '../support/gateway.mjs';

let gateway;
before(async () => {
  gateway = await startGateway();
});
after(() => gateway?.stop());

const apiKey = 'the-key-of-the-node-tests';
const model = 'nano/echo';
const headers = { 'x-nano-cache': 'ttl=600' };

/** Each SDK's call, whole and streamed; the result is the text and the number of output tokens. `seen` gets the gateway's header. */
const clients = {
  'openai chat': (seen) => {
    const { completions } = gateway.client({ defaultHeaders: headers, fetch: noting(seen) }).chat;
    const request = (content) => ({ model, messages: [{ role: 'user', content }] });
    return {
      whole: async (content) => {
        const response = await completions.create(request(content));
        return [response.choices[0].message.content, response.usage.completion_tokens];
      },
      stream: async (content) => {
        let text = '';
        let tokens;
        for await (const chunk of await completions.create({ ...request(content), stream: true, stream_options: { include_usage: true } })) {
          text += chunk.choices[0]?.delta.content ?? '';
          tokens = chunk.usage?.completion_tokens ?? tokens;
        }
        return [text, tokens];
      },
    };
  },
  'openai responses': (seen) => {
    const { responses } = gateway.client({ defaultHeaders: headers, fetch: noting(seen) });
    return {
      whole: async (input) => {
        const response = await responses.create({ model, input });
        return [response.output_text, response.usage.output_tokens];
      },
      stream: async (input) => {
        const stream = responses.stream({ model, input });
        const response = await stream.finalResponse();
        return [response.output_text, response.usage.output_tokens];
      },
    };
  },
  anthropic: (seen) => {
    const { messages } = new Anthropic({ apiKey, baseURL: gateway.baseURL.replace(/\/v1$/, ''), maxRetries: 0, defaultHeaders: headers, fetch: noting(seen) });
    const request = (content) => ({ model, max_tokens: 1000, messages: [{ role: 'user', content }] });
    const read = (message) => [message.content.map((block) => block.text ?? '').join(''), message.usage.output_tokens];
    return { whole: async (content) => read(await messages.create(request(content))), stream: async (content) => read(await messages.stream(request(content)).finalMessage()) };
  },
  'google genai': (seen) => {
    const { models } = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: gateway.baseURL.replace(/\/v1$/, ''), headers } });
    return {
      whole: async (contents) => {
        const response = await models.generateContent({ model, contents });
        seen.push(response.sdkHttpResponse?.headers?.['x-nano-cache']);
        return [response.text, response.usageMetadata.candidatesTokenCount];
      },
      stream: async (contents) => {
        let text = '';
        let tokens;
        let header;
        for await (const chunk of await models.generateContentStream({ model, contents })) {
          text += chunk.text ?? '';
          tokens = chunk.usageMetadata?.candidatesTokenCount ?? tokens;
          header = chunk.sdkHttpResponse?.headers?.['x-nano-cache'] ?? header;
        }
        seen.push(header);
        return [text, tokens];
      },
    };
  },
};

for (const [name, create] of Object.entries(clients)) {
  for (const first of ['whole', 'stream']) {
    test(`${name}: a response that was stored ${first === 'whole' ? 'whole' : 'as a stream'} is read in both forms`, async () => {
      const seen = [];
      const client = create(seen);
      const content = `Hello to ${name} ${first}`;
      const stored = await client[first](content);
      assert.match(stored[0], /Hello/);
      assert.ok(stored[1] > 0);
      assert.deepEqual(await client.whole(content), stored);
      assert.deepEqual(await client.stream(content), stored);
      assert.deepEqual(seen, ['miss', 'hit', 'hit']);
    });
  }
}

function noting(seen) {
  return async (url, init) => {
    const response = await fetch(url, init);
    seen.push(response.headers.get('x-nano-cache'));
    return response;
  };
}
