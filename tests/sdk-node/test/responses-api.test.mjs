// npm openai (6 and 7), @openai/agents and ai with @ai-sdk/openai call the Responses API, with models that speak other dialects.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Agent, run, setDefaultOpenAIClient, setTracingDisabled, tool } from '@openai/agents';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, stepCountIs, streamText, tool as aiTool } from 'ai';
import OpenAI6 from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import OpenAI7 from 'openai7';
import { z } from 'zod';
import { startGateway } from '../../agents/support/gateway.mjs';

const models = ['anthropic/claude-sonnet-5', 'google/gemini-3.8-flash', 'any-server/some-model'];
const weather = {
  type: 'function', name: 'get_weather', description: 'The weather of a city.', strict: true,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
};
const cities = z.object({ city: z.string() });
const twoCalls = [{ text: 'I look.', calls: [{ name: 'get_weather', args: { city: 'Bergen' } }, { name: 'get_weather', args: { city: 'Oslo' } }] }];

let gateway;
before(async () => {
  gateway = await startGateway();
  setTracingDisabled(true);
});
after(() => gateway?.stop());

const lastResults = () => gateway.model.requests.at(-1).results.join(' ');

for (const [name, OpenAI] of [['openai 6', OpenAI6], ['openai 7', OpenAI7]]) {
  describe(name, () => {
    const client = () => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });

    for (const model of models) {
      test(`a tool loop with ${model}`, async () => {
        gateway.model.script(twoCalls, 'It rains in both.');
        const input = [{ role: 'user', content: 'Weather?' }];
        const first = await client().responses.create({ model, input, tools: [weather], metadata: { team: 'north' } });
        assert.equal(first.status, 'completed');
        assert.equal(first.output_text, 'I look.');
        assert.deepEqual(first.metadata, { team: 'north' });
        const calls = first.output.filter((item) => item.type === 'function_call');
        assert.deepEqual(calls.map((call) => JSON.parse(call.arguments)), [{ city: 'Bergen' }, { city: 'Oslo' }]);
        input.push(...first.output, ...calls.map((call) => ({ type: 'function_call_output', call_id: call.call_id, output: `rain in ${JSON.parse(call.arguments).city}` })));
        const second = await client().responses.create({ model, input, tools: [weather] });
        assert.equal(second.output_text, 'It rains in both.');
        assert.match(lastResults(), /rain in Bergen.*rain in Oslo/);
        assert.deepEqual([second.usage.input_tokens, second.usage.input_tokens_details.cached_tokens, second.usage.output_tokens, second.usage.total_tokens], [1200, 1000, 30, 1230]);
      });

      test(`a stream with ${model}, gathered by the client`, async () => {
        gateway.model.script(twoCalls, '');
        const stream = client().responses.stream({ model, input: 'Weather?', tools: [weather] });
        const types = [];
        for await (const event of stream) {
          assert.equal(event.sequence_number, types.length);
          types.push(event.type);
        }
        assert.deepEqual([types[0], types[1], types.at(-1)], ['response.created', 'response.in_progress', 'response.completed']);
        const final = await stream.finalResponse();
        assert.equal(final.output_text, 'I look.');
        assert.deepEqual(final.output.filter((item) => item.type === 'function_call').map((call) => call.parsed_arguments ?? JSON.parse(call.arguments)), [{ city: 'Bergen' }, { city: 'Oslo' }]);
      });

      test(`structured output with ${model}`, async () => {
        gateway.model.script([], '{"city":"Oslo","celsius":3}');
        const answer = await client().responses.parse({ model, input: 'Weather?', tools: [weather], text: { format: zodTextFormat(z.object({ city: z.string(), celsius: z.number() }), 'weather') } });
        assert.deepEqual(answer.output_parsed, { city: 'Oslo', celsius: 3 });
      });

      test(`a free-form tool and one of a namespace with ${model}`, async () => {
        const patch = '*** Begin Patch\n*** Add File: "a".txt\n+ü\n*** End Patch';
        gateway.model.script([{ text: '', calls: [{ name: 'apply_patch', args: { input: patch } }, { name: 'files__list', args: { city: 'Oslo' } }] }], 'Done.');
        const tools = [{ type: 'custom', name: 'apply_patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: /.+/s' } }, { type: 'namespace', name: 'files', description: 'Files.', tools: [{ ...weather, name: 'list' }] }];
        const input = [{ role: 'user', content: 'Patch it.' }];
        const first = await client().responses.create({ model, input, tools, stream: true });
        let response;
        let typed = '';
        for await (const event of first) {
          if (event.type === 'response.custom_tool_call_input.delta') typed += event.delta;
          if (event.type === 'response.completed') response = event.response;
        }
        assert.equal(typed, patch);
        const [custom, list] = response.output.filter((item) => item.type.endsWith('_call'));
        assert.deepEqual([custom.type, custom.name, custom.input], ['custom_tool_call', 'apply_patch', patch]);
        assert.deepEqual([list.type, list.name, list.namespace], ['function_call', 'list', 'files']);
        input.push(...response.output, { type: 'custom_tool_call_output', call_id: custom.call_id, output: 'patched' }, { type: 'function_call_output', call_id: list.call_id, output: 'a.txt' });
        const second = await client().responses.create({ model, input, tools });
        assert.equal(second.output_text, 'Done.');
        assert.match(lastResults(), /patched.*a\.txt/);
      });

      test(`errors of ${model}`, async () => {
        gateway.model.script([], '', { status: 429, headers: { 'retry-after': '7' }, body: { error: { type: 'rate_limit_error', code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Slow down.' } } });
        await assert.rejects(client().responses.create({ model, input: 'Hello' }), (error) => error instanceof OpenAI.RateLimitError && /Slow down\./.test(error.message) && error.headers.get('retry-after') === '7');
        gateway.model.script([], '', { status: 400, body: { error: { type: 'invalid_request_error', code: 400, status: 'INVALID_ARGUMENT', message: 'Too grey.' } } });
        await assert.rejects(client().responses.create({ model, input: 'Hello', stream: true }), (error) => error instanceof OpenAI.BadRequestError && /Too grey\./.test(error.message));
        await assert.rejects(client().responses.create({ model, input: 'Hello', previous_response_id: 'resp_1' }), (error) => error instanceof OpenAI.BadRequestError && error.param === 'previous_response_id' && /'input'/.test(error.message));
      });

      test(`a stream of ${model} that breaks off raises`, async () => {
        gateway.model.script(twoCalls, '', { status: 200, cut: 4 });
        await assert.rejects(async () => {
          for await (const _ of await client().responses.create({ model, input: 'Weather?', tools: [weather], stream: true }));
        }, (error) => error instanceof OpenAI.APIError);
      });
    }
  });
}

describe('@openai/agents', () => {
  for (const model of models) {
    for (const stream of [false, true]) {
      test(`${stream ? 'a streamed run' : 'a run'} with ${model}`, async () => {
        setDefaultOpenAIClient(new OpenAI7({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 }));
        gateway.model.script(twoCalls, 'It rains.');
        const agent = new Agent({ name: 'Weather', model, instructions: 'Be brief.', tools: [tool({ name: 'get_weather', description: 'The weather.', parameters: cities, execute: ({ city }) => `rain in ${city}` })] });
        const result = await run(agent, 'Weather?', { stream });
        if (stream) await result.completed;
        assert.equal(result.finalOutput, 'It rains.');
        assert.match(lastResults(), /rain in Bergen.*rain in Oslo/);
      });
    }
    test(`a streamed run with ${model} that breaks off raises`, async () => {
      setDefaultOpenAIClient(new OpenAI7({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 }));
      gateway.model.script([{ text: 'I look at it at length.', calls: [] }], '', { cut: 4 });
      const agent = new Agent({ name: 'Weather', model, tools: [tool({ name: 'get_weather', description: 'The weather.', parameters: cities, execute: ({ city }) => city })] });
      await assert.rejects(async () => {
        const result = await run(agent, 'Weather?', { stream: true });
        for await (const _ of result);
        await result.completed;
      });
    });
  }
});

describe('ai with @ai-sdk/openai', () => {
  const settings = (model) => ({
    model: createOpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key })(model), prompt: 'Weather?', maxRetries: 0, stopWhen: stepCountIs(3), providerOptions: { openai: { store: false } },
    tools: { get_weather: aiTool({ description: 'The weather.', inputSchema: cities, execute: ({ city }) => `rain in ${city}` }) },
  });
  for (const model of models) {
    test(`generateText with ${model}`, async () => {
      gateway.model.script(twoCalls, 'It rains.');
      const result = await generateText(settings(model));
      assert.deepEqual([result.text, result.steps.length], ['It rains.', 2]);
      assert.match(lastResults(), /rain in Bergen.*rain in Oslo/);
    });
    test(`streamText with ${model}`, async () => {
      gateway.model.script(twoCalls, 'It rains.');
      const result = streamText(settings(model));
      let text = '';
      for await (const piece of result.textStream) text += piece;
      assert.equal(text, 'I look.It rains.');
      assert.equal((await result.steps).length, 2);
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
  }
});
