// ai with @ai-sdk/anthropic (Messages) and @ai-sdk/openai-compatible (Chat), each with models that speak all four dialects of providers.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { startGateway as startAgentGateway } from '../../agents/support/gateway.mjs';
import { startGateway } from '../support/gateway.mjs';
import { providers } from '../support/providers.mjs';

// The second one's tools make its requests go to OpenAI Responses.
const models = ['openai/gpt-4o', 'openai/gpt-5.5-pro', 'anthropic/claude-sonnet-5', 'any-server/some-model', 'google/gemini-3.8-flash'];
const place = z.object({ city: z.string() });
const chunk = (delta, finish_reason = null) => ({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason }] });
const twoCalls = [{ text: 'I look.', calls: [{ name: 'get_weather', args: { city: 'Bergen' } }, { name: 'get_weather', args: { city: 'Oslo' } }] }];

// A note about each model that the SDK's own list does not have.
globalThis.AI_SDK_LOG_WARNINGS = false;

let gateway; // with a model that speaks all dialects
let scripted; // with exact responses
before(async () => {
  gateway = await startAgentGateway();
  scripted = await startGateway();
});
after(async () => {
  await gateway?.stop();
  await scripted?.stop();
});

const clients = {
  '@ai-sdk/anthropic': (baseURL, apiKey, fetch) => createAnthropic({ baseURL, apiKey, fetch }),
  '@ai-sdk/openai-compatible': (baseURL, apiKey, fetch) => createOpenAICompatible({ name: 'nano', baseURL, apiKey, fetch, includeUsage: true, supportsStructuredOutputs: true }),
};

for (const [name, create] of Object.entries(clients)) {
  describe(`ai with ${name}`, () => {
    const weather = tool({ description: 'The weather of a city.', inputSchema: place, execute: async ({ city }) => `rain in ${city}` });
    const settings = (model) => ({ model: create(`${gateway.url}/v1`, gateway.key)(model), prompt: 'Weather?', maxRetries: 0, stopWhen: stepCountIs(3), tools: { get_weather: weather } });
    const exact = (model, fetch) => ({ model: create(scripted.baseURL, 'the-key-of-the-node-tests', fetch)(model), prompt: 'Where?', maxRetries: 0 });
    const results = () => gateway.model.requests.at(-1).results.join(' ');

    for (const model of models) {
      test(`a tool loop with ${model}`, async () => {
        gateway.model.script(twoCalls, 'It rains in both.');
        const { text, steps, usage } = await generateText(settings(model));
        assert.equal(text, 'It rains in both.');
        assert.deepEqual(steps.map((step) => step.toolCalls.map((call) => call.input)), [[{ city: 'Bergen' }, { city: 'Oslo' }], []]);
        assert.match(results(), /rain in Bergen.*rain in Oslo/);
        assert.deepEqual([usage.inputTokens, usage.outputTokens], [2400, 60]); // of both steps
      });

      test(`a streamed tool loop with ${model}`, async () => {
        gateway.model.script(twoCalls, 'It rains in both.');
        const result = streamText(settings(model));
        const parts = [];
        for await (const part of result.fullStream) parts.push(part);
        assert.deepEqual(parts.filter((part) => part.type === 'error' || part.type === 'tool-error'), []);
        assert.deepEqual(parts.filter((part) => part.type === 'tool-call').map((part) => part.input), [{ city: 'Bergen' }, { city: 'Oslo' }]);
        assert.equal(parts.filter((part) => part.type === 'text-delta').map((part) => part.text).join(''), 'I look.It rains in both.');
        assert.match(results(), /rain in Bergen.*rain in Oslo/);
        assert.equal(await result.finishReason, 'stop');
        assert.equal((await result.usage).outputTokens, 60);
      });

      test(`a stream of ${model} that breaks off is reported`, async () => {
        gateway.model.script([{ text: 'I look at it at length.', calls: [] }], '', { cut: 4 });
        const errors = [];
        const result = streamText({ ...settings(model), onError: ({ error }) => errors.push(error) });
        try {
          for await (const _ of result.textStream);
        } catch (error) {
          errors.push(error);
        }
        assert.ok(errors.length > 0);
      });

      test(`a refusal of ${model} is raised`, async () => {
        gateway.model.script([], '', { status: 400, body: { type: 'error', error: { type: 'invalid_request_error', code: 400, status: 'INVALID_ARGUMENT', message: 'The sky is too grey.' } } });
        await assert.rejects(generateText(settings(model)), (error) => APICallError.isInstance(error) && error.statusCode === 400 && /The sky is too grey\./.test(error.message));
      });
    }

    for (const { name: provider, model, text } of providers) {
      test(`an object of a schema from ${provider}`, async () => {
        scripted.upstream.script({ body: JSON.stringify(text('{"city":"Bergen"}')) });
        const { output } = await generateText({ ...exact(model), output: Output.object({ schema: place }) });
        assert.deepEqual(output, { city: 'Bergen' });
        assert.match(scripted.upstream.requests[0].body, /"city"/);
      });
    }

    test('a rate limit is waited for as long as the provider asks', async () => {
      const [{ model, text, error }] = providers;
      scripted.upstream.script({ status: 429, headers: { 'retry-after': '3' }, body: JSON.stringify(error('Slow down.')) }, { body: JSON.stringify(text('Hello')) });
      const times = [];
      const statuses = [];
      const fetch = async (...request) => {
        times.push(performance.now());
        const response = await globalThis.fetch(...request);
        statuses.push(response.status);
        times.push(performance.now());
        return response;
      };
      assert.equal((await generateText({ ...exact(model, fetch), maxRetries: 1 })).text, 'Hello');
      assert.deepEqual(statuses, [429, 200]);
      // Without the header, this client waits 2 s.
      assert.ok(times[2] - times[1] > 2900, `${times[2] - times[1]} ms`);
    });

    test('an error in a stream is reported with its message, after the text that came', async () => {
      let seen;
      scripted.upstream.script({ events: [chunk({ role: 'assistant', content: 'Hello' })], hold: new Promise((resolve) => (seen = resolve)), rest: [{ error: { message: 'engine died', type: 'server_error', param: null, code: 'engine_died' } }] });
      const errors = [];
      const result = streamText({ ...exact('openai/gpt-4o'), onError: ({ error }) => errors.push(error) });
      let text = '';
      let thrown;
      try {
        for await (const piece of result.textStream) {
          text += piece;
          seen();
        }
      } catch (error) {
        thrown = error;
      }
      assert.equal(text, 'Hello');
      assert.deepEqual(errors.map((error) => error.message), ['engine died']);
      // The broken connection.
      assert.ok(APICallError.isInstance(thrown), String(thrown));
    });
  });
}
