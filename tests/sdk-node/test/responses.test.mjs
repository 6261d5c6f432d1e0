// npm openai with a model that accepts tools only on Responses (case 12 of field/cases.md): the client speaks Chat and sees no difference.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { startGateway } from '../support/gateway.mjs';

const model = 'openai/gpt-6.2-sol';
const tool = { type: 'function', function: { name: 'get_weather', description: 'The weather of a city.', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } } };
const usage = { input_tokens: 20, input_tokens_details: { cached_tokens: 8 }, output_tokens: 30, output_tokens_details: { reasoning_tokens: 12 }, total_tokens: 50 };
const response = (status, output, more = {}) => ({ id: 'resp_1', object: 'response', created_at: 1790000000, status, model: 'gpt-6.2-sol', error: null, incomplete_details: null, output, usage: status === 'in_progress' ? null : usage, ...more });
const reasoning = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'c2VhbGVk' };
const call = { id: 'fc_1', type: 'function_call', status: 'completed', call_id: 'call_1', name: 'get_weather', arguments: '{"city":"Bergen"}' };
const message = (text) => ({ id: 'msg_1', type: 'message', status: 'completed', role: 'assistant', content: [{ type: 'output_text', text, annotations: [], logprobs: [] }] });

const calling = [
  { type: 'response.created', sequence_number: 0, response: response('in_progress', []) },
  { type: 'response.output_item.added', sequence_number: 1, output_index: 0, item: { ...reasoning, encrypted_content: undefined } },
  { type: 'response.output_item.done', sequence_number: 2, output_index: 0, item: reasoning },
  { type: 'response.output_item.added', sequence_number: 3, output_index: 1, item: { ...call, status: 'in_progress', arguments: '' } },
  { type: 'response.function_call_arguments.delta', sequence_number: 4, item_id: 'fc_1', output_index: 1, delta: '{"city":' },
  { type: 'response.function_call_arguments.delta', sequence_number: 5, item_id: 'fc_1', output_index: 1, delta: '"Bergen"}' },
  { type: 'response.function_call_arguments.done', sequence_number: 6, item_id: 'fc_1', output_index: 1, arguments: call.arguments },
  { type: 'response.output_item.done', sequence_number: 7, output_index: 1, item: call },
  { type: 'response.completed', sequence_number: 8, response: response('completed', [reasoning, call]) },
];

let gateway;
let client;
before(async () => {
  gateway = await startGateway();
  client = gateway.client();
});
after(() => gateway?.stop());

const sent = () => JSON.parse(gateway.upstream.requests[0].body);

test('a tool loop', async () => {
  const messages = [{ role: 'user', content: 'Weather?' }];
  gateway.upstream.script({ body: JSON.stringify(response('completed', [reasoning, call])) });
  const first = await client.chat.completions.create({ model, messages, tools: [tool] });
  assert.equal(gateway.upstream.requests[0].url, '/openai/v1/responses');
  assert.match(first.id, /^chatcmpl-/);
  assert.equal(first.choices[0].finish_reason, 'tool_calls');
  assert.equal(first.choices[0].message.tool_calls[0].function.arguments, call.arguments);
  assert.deepEqual([first.usage.prompt_tokens, first.usage.prompt_tokens_details.cached_tokens, first.usage.completion_tokens_details.reasoning_tokens], [20, 8, 12]);

  messages.push(first.choices[0].message, { role: 'tool', tool_call_id: first.choices[0].message.tool_calls[0].id, content: 'Rain' });
  gateway.upstream.script({ body: JSON.stringify(response('completed', [message('It rains.')])) });
  const second = await client.chat.completions.create({ model, messages, tools: [tool] });
  assert.equal(second.choices[0].message.content, 'It rains.');
  assert.deepEqual(sent().input.filter((item) => item.type?.startsWith('function_call')).map((item) => item.call_id), ['call_1', 'call_1']);
});

test('a streamed call, gathered by the client', async () => {
  gateway.upstream.script({ events: calling });
  const stream = client.chat.completions.stream({ model, messages: [{ role: 'user', content: 'Weather?' }], tools: [tool], stream_options: { include_usage: true } });
  const answer = await stream.finalChatCompletion();
  assert.equal(sent().stream, true);
  assert.equal(answer.choices[0].finish_reason, 'tool_calls');
  assert.equal(answer.choices[0].message.tool_calls[0].function.name, 'get_weather');
  assert.equal(answer.choices[0].message.tool_calls[0].function.arguments, call.arguments);
  assert.equal(answer.usage.total_tokens, 50);
});

test('runTools runs the tool', async () => {
  gateway.upstream.script({ body: JSON.stringify(response('completed', [reasoning, call])) }, { body: JSON.stringify(response('completed', [message('It rains.')])) });
  const seen = [];
  const runner = client.chat.completions.runTools({
    model, messages: [{ role: 'user', content: 'Weather?' }],
    tools: [{ type: 'function', function: { ...tool.function, parse: JSON.parse, function: ({ city }) => (seen.push(city), 'Rain') } }],
  });
  assert.equal(await runner.finalContent(), 'It rains.');
  assert.deepEqual(seen, ['Bergen']);
});

test('a response that fails within the stream raises', async () => {
  gateway.upstream.script({ events: [...calling.slice(0, 5), { type: 'response.failed', sequence_number: 5, response: response('failed', [], { error: { code: 'server_error', message: 'It fell over.' } }) }] });
  await assert.rejects(
    async () => {
      for await (const _ of await client.chat.completions.create({ model, messages: [{ role: 'user', content: 'Weather?' }], tools: [tool], stream: true }));
    },
    (error) => error instanceof OpenAI.APIError && /It fell over\./.test(error.message),
  );
});
