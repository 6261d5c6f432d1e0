// LangChain's clients of all four APIs, each with models that speak other dialects.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatAnthropic } from '@langchain/anthropic';
import { ChatGoogle } from '@langchain/google';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';
import { startGateway } from '../../agents/support/gateway.mjs';

const models = ['openai/gpt-4o', 'anthropic/claude-sonnet-5', 'any-server/some-model', 'google/gemini-3.8-flash'];
const weather = tool(({ city }) => `rain in ${city}`, { name: 'get_weather', description: 'The weather of a city.', schema: z.object({ city: z.string() }) });

let gateway;
before(async () => {
  gateway = await startGateway();
});
after(() => gateway?.stop());

const clients = {
  'ChatOpenAI, Chat': (model) => new ChatOpenAI({ model, apiKey: gateway.key, maxRetries: 0, useResponsesApi: false, configuration: { baseURL: `${gateway.url}/v1` } }),
  'ChatOpenAI, Responses': (model) => new ChatOpenAI({ model, apiKey: gateway.key, maxRetries: 0, useResponsesApi: true, configuration: { baseURL: `${gateway.url}/v1` } }),
  'ChatAnthropic': (model) => new ChatAnthropic({ model, apiKey: gateway.key, maxRetries: 0, maxTokens: 1000, anthropicApiUrl: gateway.url }),
  'ChatGoogle': (model) => new ChatGoogle({ model, apiKey: gateway.key, maxRetries: 0, platformType: 'gai', endpoint: gateway.url }),
};

for (const [name, client] of Object.entries(clients)) {
  describe(name, () => {
    for (const model of models) {
      for (const stream of [false, true]) {
        test(`a tool loop with ${model}, ${stream ? 'streamed' : 'whole'}`, async () => {
          gateway.model.script([{ text: 'I look.', calls: [{ name: 'get_weather', args: { city: 'Bergen' } }, { name: 'get_weather', args: { city: 'Oslo' } }] }], 'It rains in both.');
          const bound = client(model).bindTools([weather]);
          const ask = async (messages) => {
            if (!stream) return bound.invoke(messages);
            let all;
            for await (const chunk of await bound.stream(messages)) all = all === undefined ? chunk : all.concat(chunk);
            return all;
          };
          const messages = [new HumanMessage('Weather?')];
          const first = await ask(messages);
          assert.equal(first.text, 'I look.');
          assert.deepEqual(first.tool_calls.map((call) => call.args), [{ city: 'Bergen' }, { city: 'Oslo' }]);
          const said = stream ? new AIMessage({ content: first.content, tool_calls: first.tool_calls, additional_kwargs: first.additional_kwargs, response_metadata: first.response_metadata }) : first;
          messages.push(said);
          for (const call of first.tool_calls) messages.push(new ToolMessage({ tool_call_id: call.id, name: call.name, content: await weather.invoke(call.args) }));
          const second = await ask(messages);
          assert.equal(second.text, 'It rains in both.');
          assert.match(gateway.model.requests.at(-1).results.join(' '), /rain in Bergen.*rain in Oslo/);
          // LangChain reads Messages' input tokens at the beginning of a stream, where other models' are estimated, and adds its output tokens
          // to those of the end: the gateway sends 0 there, and Anthropic does not.
          const { input_tokens: input, output_tokens: output } = first.usage_metadata;
          if (name !== 'ChatAnthropic' || !stream) assert.deepEqual([input, output], [1200, 30]);
          else if (!model.startsWith('anthropic/')) assert.ok(input > 0 && output === 30, `${input}, ${output}`);
        });
      }

      test(`a refusal of ${model} is raised`, async () => {
        gateway.model.script([], '', { status: 400, body: { type: 'error', error: { type: 'invalid_request_error', code: 400, status: 'INVALID_ARGUMENT', message: 'The sky is too grey.' } } });
        await assert.rejects(client(model).invoke('Hi'), /The sky is too grey\./);
      });

      test(`a stream of ${model} that breaks off is raised`, async () => {
        gateway.model.script([], 'A text that is long enough to be cut.', { cut: 5 });
        await assert.rejects(async () => {
          for await (const _ of await client(model).bindTools([weather]).stream('Hi')) ;
        });
      });
    }
  });
}
