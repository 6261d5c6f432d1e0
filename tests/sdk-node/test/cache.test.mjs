// The official SDKs and the frameworks over them read cached responses, whole and streamed, in whichever form they were stored.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { ChatAnthropic } from '@langchain/anthropic';
import { ChatGoogle } from '@langchain/google';
import { ChatOpenAI } from '@langchain/openai';
import { Agent, OpenAIProvider, Runner } from '@openai/agents';
import { generateText, streamText } from 'ai';
import OpenAI6 from 'openai';
import OpenAI7 from 'openai7';
import { startGateway } from '../support/gateway.mjs';

let gateway;
let baseURL;
let url; // without /v1
before(async () => {
  gateway = await startGateway();
  ({ baseURL } = gateway);
  url = baseURL.replace(/\/v1$/, '');
});
after(() => gateway?.stop());

// A note about each model that the SDK's own list does not have.
globalThis.AI_SDK_LOG_WARNINGS = false;

const apiKey = 'the-key-of-the-node-tests';
const model = 'nano/echo';
const headers = { 'x-nano-cache': 'ttl=600' };

const openaiChat = (OpenAI) => (fetch) => {
  const { completions } = new OpenAI({ baseURL, apiKey, maxRetries: 0, fetch }).chat;
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
};

const openaiResponses = (OpenAI) => (fetch) => {
  const { responses } = new OpenAI({ baseURL, apiKey, maxRetries: 0, fetch });
  const read = (response) => [response.output_text, response.usage.output_tokens];
  return { whole: async (input) => read(await responses.create({ model, input })), stream: async (input) => read(await responses.stream({ model, input }).finalResponse()) };
};

const ai = (create) => (fetch) => {
  const settings = (prompt) => ({ model: create(fetch)(model), prompt, maxRetries: 0, providerOptions: { openai: { store: false } } });
  return {
    whole: async (prompt) => {
      const { text, usage } = await generateText(settings(prompt));
      return [text, usage.outputTokens];
    },
    stream: async (prompt) => {
      const result = streamText(settings(prompt));
      return [await result.text, (await result.usage).outputTokens];
    },
  };
};

const langchain = (create) => (fetch) => {
  const client = create(fetch);
  const read = (message) => [message.text, message.usage_metadata.output_tokens];
  return {
    whole: async (content) => read(await client.invoke(content)),
    stream: async (content) => {
      let all;
      for await (const chunk of await client.stream(content)) all = all === undefined ? chunk : all.concat(chunk);
      return read(all);
    },
  };
};

const agents = (useResponses) => (fetch) => {
  const agent = new Agent({ name: 'Echo', model, instructions: 'Be brief.' });
  const ask = async (content, stream) => {
    const runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient: new OpenAI7({ baseURL, apiKey, maxRetries: 0, fetch }), useResponses }), tracingDisabled: true });
    const result = await runner.run(agent, content, { stream });
    if (stream) await result.completed;
    return [result.finalOutput, result.rawResponses[0].usage.outputTokens];
  };
  return { whole: (content) => ask(content, false), stream: (content) => ask(content, true) };
};

/** Each SDK's call with a `fetch`, whole and streamed; the result is the text and the number of output tokens. */
const clients = {
  'openai 6, Chat': openaiChat(OpenAI6),
  'openai 7, Chat': openaiChat(OpenAI7),
  'openai 6, Responses': openaiResponses(OpenAI6),
  'openai 7, Responses': openaiResponses(OpenAI7),
  '@anthropic-ai/sdk': (fetch) => {
    const { messages } = new Anthropic({ apiKey, baseURL: url, maxRetries: 0, fetch });
    const request = (content) => ({ model, max_tokens: 1000, messages: [{ role: 'user', content }] });
    const read = (message) => [message.content.map((block) => block.text ?? '').join(''), message.usage.output_tokens];
    return { whole: async (content) => read(await messages.create(request(content))), stream: async (content) => read(await messages.stream(request(content)).finalMessage()) };
  },
  // It takes no fetch, but shows the headers.
  '@google/genai': (_, seen) => {
    const { models } = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url, headers } });
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
  'ai with @ai-sdk/openai': ai((fetch) => createOpenAI({ baseURL, apiKey, fetch })),
  'ai with @ai-sdk/openai-compatible': ai((fetch) => createOpenAICompatible({ name: 'nano', baseURL, apiKey, fetch, includeUsage: true })),
  'ai with @ai-sdk/anthropic': ai((fetch) => createAnthropic({ baseURL, apiKey, fetch })),
  'ai with @ai-sdk/google': ai((fetch) => createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey, fetch })),
  '@langchain/openai, Chat': langchain((fetch) => new ChatOpenAI({ model, apiKey, maxRetries: 0, useResponsesApi: false, configuration: { baseURL, fetch } })),
  '@langchain/openai, Responses': langchain((fetch) => new ChatOpenAI({ model, apiKey, maxRetries: 0, useResponsesApi: true, configuration: { baseURL, fetch } })),
  '@langchain/anthropic': langchain((fetch) => new ChatAnthropic({ model, apiKey, maxRetries: 0, maxTokens: 1000, anthropicApiUrl: url, clientOptions: { fetch } })),
  '@langchain/google': langchain((fetch) => new ChatGoogle({
    model, maxRetries: 0, platformType: 'gai', endpoint: url, customHeaders: { 'x-goog-api-key': apiKey }, apiClient: { hasApiKey: () => true, getProjectId: async () => 'none', fetch },
  })),
  '@openai/agents, Chat': agents(false),
  '@openai/agents, Responses': agents(true),
};

for (const [name, create] of Object.entries(clients)) {
  for (const first of ['whole', 'stream']) {
    test(`${name}: a response that was stored ${first === 'whole' ? 'whole' : 'as a stream'} is read in both forms`, async () => {
      const seen = [];
      const client = create(asking(seen), seen);
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

/** A `fetch` that asks for the cache and notes what the gateway reports. */
function asking(seen) {
  return async (address, init) => {
    const request = new Request(address, init);
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
    const response = await fetch(request);
    seen.push(response.headers.get('x-nano-cache'));
    return response;
  };
}
