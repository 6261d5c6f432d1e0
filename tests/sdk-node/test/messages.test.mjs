// npm @anthropic-ai/sdk against providers that speak other dialects: streams, tool loops, structured output, counting, errors, retries.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { startGateway } from '../support/gateway.mjs';

const chatUsage = { prompt_tokens: 70, completion_tokens: 9, total_tokens: 79, prompt_tokens_details: { cached_tokens: 50 } };
const chat = (message, finish_reason = 'stop') => ({ id: 'chatcmpl-1', object: 'chat.completion', created: 1790000000, model: 'gpt-4o', usage: chatUsage, choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }] });
const chunk = (delta, finish_reason = null) => ({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1790000000, model: 'gpt-4o', choices: [{ index: 0, delta, finish_reason }] });
const chatCall = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Bergen"}' } };
const responsesUsage = { input_tokens: 70, input_tokens_details: { cached_tokens: 50 }, output_tokens: 9, output_tokens_details: { reasoning_tokens: 4 }, total_tokens: 79 };
const responses = (output) => ({ id: 'resp_1', object: 'response', created_at: 1790000000, status: 'completed', model: 'gpt-5.5-pro', error: null, incomplete_details: null, output, usage: responsesUsage });
const gemini = (parts, more = {}) => ({ candidates: [{ index: 0, content: { role: 'model', parts }, ...more }], usageMetadata: { promptTokenCount: 70, cachedContentTokenCount: 50, candidatesTokenCount: 9, totalTokenCount: 79 }, modelVersion: 'gemini-3.8-flash', responseId: 'r1' });

// The same call and the same text, in each provider's form.
const providers = [
  {
    model: 'openai/gpt-4o', path: '/openai/v1/chat/completions',
    call: { whole: chat({ content: null, tool_calls: [chatCall] }, 'tool_calls'), events: [chunk({ role: 'assistant', content: null }), chunk({ tool_calls: [{ index: 0, ...chatCall }] }), chunk({}, 'tool_calls'), { ...chunk({}), choices: [], usage: chatUsage }, '[DONE]'] },
    text: (text) => ({ whole: chat({ content: text }), events: [chunk({ role: 'assistant', content: '' }), ...text.match(/.{1,4}/g).map((content) => chunk({ content })), chunk({}, 'stop'), { ...chunk({}), choices: [], usage: chatUsage }, '[DONE]'] }),
    resultOf: (body) => body.messages.at(-1).content,
  },
  {
    model: 'openai/gpt-5.5-pro', path: '/openai/v1/responses',
    call: (() => {
      const item = { id: 'fc_1', type: 'function_call', status: 'completed', call_id: 'call_1', name: 'get_weather', arguments: '{"city":"Bergen"}' };
      const thought = { id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: 'Look it up.' }], encrypted_content: 'c3RhdGU=' };
      const whole = responses([thought, item]);
      return {
        whole,
        events: [
          { type: 'response.created', sequence_number: 0, response: { ...whole, status: 'in_progress', output: [], usage: null } },
          { type: 'response.output_item.added', sequence_number: 1, output_index: 0, item: { ...thought, summary: [], encrypted_content: undefined } },
          { type: 'response.reasoning_summary_text.delta', sequence_number: 2, item_id: 'rs_1', output_index: 0, summary_index: 0, delta: 'Look it up.' },
          { type: 'response.output_item.done', sequence_number: 3, output_index: 0, item: thought },
          { type: 'response.output_item.added', sequence_number: 4, output_index: 1, item: { ...item, status: 'in_progress', arguments: '' } },
          { type: 'response.function_call_arguments.delta', sequence_number: 5, item_id: 'fc_1', output_index: 1, delta: item.arguments },
          { type: 'response.function_call_arguments.done', sequence_number: 6, item_id: 'fc_1', output_index: 1, arguments: item.arguments },
          { type: 'response.output_item.done', sequence_number: 7, output_index: 1, item },
          { type: 'response.completed', sequence_number: 8, response: whole },
        ],
      };
    })(),
    text: (text) => {
      const item = { id: 'msg_1', type: 'message', status: 'completed', role: 'assistant', content: [{ type: 'output_text', text, annotations: [] }] };
      const whole = responses([item]);
      return {
        whole,
        events: [
          { type: 'response.created', sequence_number: 0, response: { ...whole, status: 'in_progress', output: [], usage: null } },
          { type: 'response.output_item.added', sequence_number: 1, output_index: 0, item: { ...item, status: 'in_progress', content: [] } },
          { type: 'response.output_text.delta', sequence_number: 2, item_id: 'msg_1', output_index: 0, content_index: 0, delta: text },
          { type: 'response.output_item.done', sequence_number: 3, output_index: 0, item },
          { type: 'response.completed', sequence_number: 4, response: whole },
        ],
      };
    },
    resultOf: (body) => body.input.at(-1).output,
  },
  {
    model: 'google/gemini-3.8-flash', path: '/google/v1beta/models/gemini-3.8-flash',
    call: (() => {
      const parts = [{ functionCall: { name: 'get_weather', args: { city: 'Bergen' } }, thoughtSignature: 'c2lnbmF0dXJl' }];
      return { whole: gemini(parts, { finishReason: 'STOP' }), events: [gemini(parts), gemini([{ text: '' }], { finishReason: 'STOP' })] };
    })(),
    text: (text) => ({ whole: gemini([{ text }], { finishReason: 'STOP' }), events: [gemini([{ text }]), gemini([{ text: '' }], { finishReason: 'STOP' })] }),
    resultOf: (body) => body.contents.at(-1).parts[0].functionResponse.response.output,
  },
];

const tool = { name: 'get_weather', description: 'The weather of a city.', input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } };

let gateway;
let client;
before(async () => {
  gateway = await startGateway();
  client = anthropic();
});
after(() => gateway?.stop());

const anthropic = (options = {}) => new Anthropic({ baseURL: gateway.baseURL.replace(/\/v1$/, ''), apiKey: gateway.client().apiKey, maxRetries: 0, ...options });
const sent = (n = 0) => JSON.parse(gateway.upstream.requests[n].body);
const ask = (model, more = {}) => ({ model, max_tokens: 1000, messages: [{ role: 'user', content: 'Weather in Bergen?' }], ...more });

for (const { model, path, call, text, resultOf } of providers) {
  test(`${model}: a tool loop`, async () => {
    const request = ask(model, { tools: [tool] });
    gateway.upstream.script({ body: JSON.stringify(call.whole) });
    const first = await client.messages.create(request);
    assert.ok(gateway.upstream.requests[0].url.startsWith(path), gateway.upstream.requests[0].url);
    assert.match(first.id, /^msg_/);
    assert.equal(first.stop_reason, 'tool_use');
    const use = first.content.find((block) => block.type === 'tool_use');
    assert.deepEqual([use.name, use.input], ['get_weather', { city: 'Bergen' }]);
    assert.deepEqual([first.usage.input_tokens, first.usage.cache_read_input_tokens, first.usage.output_tokens], [20, 50, 9]);

    gateway.upstream.script({ body: JSON.stringify(text('It rains.').whole) });
    const second = await client.messages.create({ ...request, messages: [...request.messages, { role: 'assistant', content: first.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: 'Rain' }] }] });
    assert.deepEqual(second.content.map((block) => block.text), ['It rains.']);
    assert.equal(resultOf(sent()), 'Rain');
    // The model's state is in the member that the provider reads.
    const again = gateway.upstream.requests[0].body;
    if (model.endsWith('pro')) assert.match(again, /"encrypted_content":"c3RhdGU="/);
    if (model.startsWith('google')) assert.match(again, /"thoughtSignature":"c2lnbmF0dXJl"/);
  });

  test(`${model}: streams, gathered by the client`, async () => {
    gateway.upstream.script({ events: call.events }, { events: text('It rains.').events });
    const first = await client.messages.stream(ask(model, { tools: [tool] })).finalMessage();
    assert.equal(first.stop_reason, 'tool_use');
    assert.deepEqual(first.content.find((block) => block.type === 'tool_use').input, { city: 'Bergen' });
    if (model.endsWith('pro')) assert.equal(first.content[0].thinking, 'Look it up.');
    assert.equal(first.usage.output_tokens, 9);

    const pieces = [];
    const stream = client.messages.stream(ask(model)).on('text', (piece) => pieces.push(piece));
    const second = await stream.finalMessage();
    assert.equal(pieces.join(''), 'It rains.');
    assert.equal(second.stop_reason, 'end_turn');
    assert.deepEqual([second.usage.input_tokens, second.usage.cache_read_input_tokens, second.usage.output_tokens], [20, 50, 9]);
  });

  test(`${model}: structured output`, async () => {
    gateway.upstream.script({ body: JSON.stringify(text('{"city":"Bergen"}').whole) });
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };
    const message = await client.messages.create(ask(model, { output_config: { format: { type: 'json_schema', schema } } }));
    assert.deepEqual(JSON.parse(message.content[0].text), { city: 'Bergen' });
    assert.match(gateway.upstream.requests[0].body, /"required":\["city"\]/);
  });
}

test('tokens are counted by the provider, or estimated', async () => {
  gateway.upstream.script({ body: '{"totalTokens":21}' });
  assert.equal((await client.messages.countTokens({ model: 'google/gemini-3.8-flash', messages: [{ role: 'user', content: 'Hello' }] })).input_tokens, 21);
  const { data, response } = await client.messages.countTokens({ model: 'nano/echo', messages: [{ role: 'user', content: 'hello world' }] }).withResponse();
  assert.equal(data.input_tokens, 6);
  assert.equal(response.headers.get('x-nano-estimate'), 'true');
});

test('errors have their types, statuses and ids', async () => {
  const failing = (status, body, model = 'openai/gpt-4o') => {
    gateway.upstream.script({ status, body: JSON.stringify(body) });
    return client.messages.create(ask(model)).then(assert.fail, (error) => error);
  };
  const refused = await failing(400, { error: { message: 'Bad schema.', type: 'invalid_request_error', param: null, code: null } });
  assert.ok(refused instanceof Anthropic.BadRequestError);
  assert.equal(refused.error.error.message, 'Bad schema.');
  assert.equal(refused.requestID, refused.error.request_id);
  const long = await failing(400, { error: { message: "This model's maximum context length is 128000 tokens. However, your messages resulted in 130001 tokens.", type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' } });
  assert.equal(long.error.error.message, 'prompt is too long: 130001 tokens > 128000 maximum');
  const limited = await failing(429, { error: { message: 'Slow down.', type: 'rate_limit_error', code: 'rate_limit_exceeded' } });
  assert.ok(limited instanceof Anthropic.RateLimitError);
  assert.equal(limited.error.error.type, 'rate_limit_error');
  const overloaded = await failing(529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'anthropic/claude-haiku-5-5');
  assert.equal(overloaded.status, 529);
  assert.equal(overloaded.error.error.type, 'overloaded_error');
  const key = await failing(401, { error: { message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key' } });
  assert.equal(key.status, 502);
  assert.equal(key.headers.get('x-should-retry'), 'false');
  const unknown = await client.messages.create(ask('no-such-model-anywhere')).then(assert.fail, (error) => error);
  assert.ok(unknown instanceof Anthropic.NotFoundError);
  const stranger = await anthropic({ apiKey: 'wrong' }).messages.create(ask('openai/gpt-4o')).then(assert.fail, (error) => error);
  assert.ok(stranger instanceof Anthropic.AuthenticationError);
});

test('a busy provider is tried again by the client', async () => {
  gateway.upstream.script({ status: 503, headers: { 'retry-after': '0' }, body: '{"error":{"message":"Busy."}}' }, { body: JSON.stringify(chat({ content: 'Hi' })) });
  assert.equal((await anthropic({ maxRetries: 2 }).messages.create(ask('openai/gpt-4o'))).content[0].text, 'Hi');
  assert.equal(gateway.upstream.requests.length, 2);
});

test('an error in a stream raises with its type', async () => {
  gateway.upstream.script({ events: [chunk({ role: 'assistant', content: 'He' }), { error: { message: 'It fell over.', type: 'server_error', code: null } }] });
  const error = await client.messages.stream(ask('openai/gpt-4o')).finalMessage().then(assert.fail, (reason) => reason);
  assert.ok(error instanceof Anthropic.APIError, String(error));
  assert.match(error.message, /It fell over\./);
});

test('a stream that the provider cuts off raises', async () => {
  gateway.upstream.script({ events: [chunk({ role: 'assistant', content: 'He' })], cut: true });
  await assert.rejects(client.messages.stream(ask('openai/gpt-4o')).finalMessage());
});
