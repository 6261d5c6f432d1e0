import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newAnswer } from '../../../src/Core/Panel/Page/playground/dialects/answer.js';
import { DIALECTS, dialectOf, turnOf } from '../../../src/Core/Panel/Page/playground/dialects/dialects.js';
import { buildRequest, problems } from '../../../src/Core/Panel/Page/playground/request.js';

const EMPTY = { api: 'chat', system: '', temperature: '', topP: '', maxTokens: '', effort: '', seed: '', stop: '', tools: '', toolChoice: '', format: '', schema: '', more: '', strict: false };
const FULL = {
  ...EMPTY, system: 'Be brief.', temperature: '0', topP: '0.5', maxTokens: '100', effort: 'low', seed: '7', stop: 'END', toolChoice: 'required', format: 'json_schema', schema: '{"type":"object"}',
  tools: '[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}]',
};
const USER = { role: 'user', content: 'Hello' };
const body = (api, turns, settings = {}) => buildRequest(undefined, 'p/m', turns, { ...EMPTY, ...settings, api }).body;

const BODIES = {
  responses: {
    model: 'p/m', instructions: 'Be brief.', input: [{ role: 'user', content: 'Hello' }], store: false, temperature: 0, top_p: 0.5, max_output_tokens: 100, reasoning: { effort: 'low', summary: 'auto' },
    include: ['reasoning.encrypted_content'], tools: [{ type: 'function', name: 'f', description: 'd', parameters: { type: 'object' } }], tool_choice: 'required',
    text: { format: { type: 'json_schema', name: 'answer', strict: true, schema: { type: 'object' } } },
  },
  messages: {
    model: 'p/m', max_tokens: 100, system: 'Be brief.', messages: [{ role: 'user', content: 'Hello' }], temperature: 0, top_p: 0.5, thinking: { type: 'adaptive' }, stop_sequences: ['END'],
    tools: [{ name: 'f', description: 'd', input_schema: { type: 'object' } }], tool_choice: { type: 'any' }, output_config: { effort: 'low', format: { type: 'json_schema', schema: { type: 'object' } } },
  },
  gemini: {
    systemInstruction: { parts: [{ text: 'Be brief.' }] }, contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
    generationConfig: { temperature: 0, topP: 0.5, maxOutputTokens: 100, seed: 7, stopSequences: ['END'], thinkingConfig: { includeThoughts: true, thinkingLevel: 'low' }, responseMimeType: 'application/json', responseJsonSchema: { type: 'object' } },
    tools: [{ functionDeclarations: [{ name: 'f', description: 'd', parametersJsonSchema: { type: 'object' } }] }], toolConfig: { functionCallingConfig: { mode: 'ANY' } },
  },
};
for (const [api, expected] of Object.entries(BODIES)) test(`every setting in ${api}`, () => assert.deepEqual(body(api, [USER], FULL), expected));

test('empty fields are not sent, except those that an API requires', () => {
  assert.deepEqual(body('responses', [USER]), { model: 'p/m', input: [{ role: 'user', content: 'Hello' }], store: false });
  assert.deepEqual(body('messages', [USER]), { model: 'p/m', max_tokens: 4096, messages: [{ role: 'user', content: 'Hello' }] });
  assert.deepEqual(body('gemini', [USER], { more: '{"generationConfig":{"topK":3},"labels":{}}' }), { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }], generationConfig: { topK: 3 }, labels: {} });
});

test('tools are taken in the form of any API, and those of providers as they are', () => {
  const forms = ['{"type":"function","function":{"name":"f","parameters":{}}}', '{"name":"f","input_schema":{}}', '{"type":"function","name":"f","parameters":{}}', '{"functionDeclarations":[{"name":"f","parametersJsonSchema":{}}]}'];
  for (const tools of forms) {
    assert.deepEqual(problems({ ...EMPTY, tools }), {}, tools);
    assert.deepEqual(body('chat', [], { tools }).tools, [{ type: 'function', function: { name: 'f', parameters: {} } }], tools);
    assert.deepEqual(body('messages', [], { tools }).tools, [{ name: 'f', input_schema: {} }], tools);
  }
  for (const { id } of DIALECTS) assert.deepEqual(body(id, [], { tools: '[{"type":"web_search_20260101","name":"web_search"}]' }).tools, [{ type: 'web_search_20260101', name: 'web_search' }], id);
});

test('any JSON object cannot be asked of Messages', () => {
  assert.deepEqual(Object.keys(problems({ ...EMPTY, api: 'messages', format: 'json_object' })), ['format']);
  assert.deepEqual(problems({ ...EMPTY, api: 'gemini', format: 'json_object' }), {});
});

test('images', () => {
  const turn = { role: 'user', content: [{ type: 'text', text: 'What?' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,QUJD' } }] };
  assert.deepEqual(body('responses', [turn]).input[0].content, [{ type: 'input_text', text: 'What?' }, { type: 'input_image', image_url: 'data:image/png;base64,QUJD' }]);
  assert.deepEqual(body('messages', [turn]).messages[0].content[1], { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'QUJD' } });
  assert.deepEqual(body('gemini', [turn]).contents[0].parts[1], { inlineData: { mimeType: 'image/png', data: 'QUJD' } });
});

/** Streams of one response: reasoning, text, two calls, usage. */
const KEEP_ALIVE = { candidates: [{ content: { parts: [{ thought: true }] } }] };
const STREAMS = {
  responses: [
    { type: 'response.created', response: {} },
    { type: 'response.reasoning_summary_part.added', output_index: 0 }, { type: 'response.reasoning_summary_text.delta', output_index: 0, delta: 'Hm.' },
    { type: 'response.output_text.delta', output_index: 1, delta: 'Hi ' }, { type: 'response.output_text.delta', output_index: 1, delta: 'there' },
    { type: 'response.output_item.added', output_index: 2, item: { type: 'function_call', call_id: 'c1', name: 'f', arguments: '' } },
    { type: 'response.function_call_arguments.delta', output_index: 2, delta: '{"a":' }, { type: 'response.function_call_arguments.delta', output_index: 2, delta: '1}' },
    { type: 'response.output_item.done', output_index: 2, item: { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{"a":1}' } },
    { type: 'response.output_item.done', output_index: 3, item: { type: 'function_call', call_id: 'c2', name: 'g', arguments: '{}' } },
    {
      type: 'response.completed',
      response: {
        model: 'm', status: 'completed', usage: { input_tokens: 10, output_tokens: 5, input_tokens_details: { cached_tokens: 4 }, output_tokens_details: { reasoning_tokens: 3 } },
        output: [{ type: 'reasoning', encrypted_content: 'sealed' }, { type: 'reasoning' }, { type: 'message', content: [] }, { type: 'function_call', call_id: 'c1' }],
      },
    },
  ],
  messages: [
    { type: 'message_start', message: { model: 'm', usage: { input_tokens: 6, cache_read_input_tokens: 4, cache_creation_input_tokens: null, output_tokens: 0 } } }, { type: 'ping' },
    { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }, { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'signed' } }, { type: 'content_block_stop', index: 0 },
    { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } }, { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Hi ' } },
    { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'there' } }, { type: 'content_block_stop', index: 1 },
    { type: 'content_block_start', index: 2, content_block: { type: 'tool_use', id: 'c1', name: 'f', input: {} } }, { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{"a":' } },
    { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '1}' } }, { type: 'content_block_stop', index: 2 },
    { type: 'content_block_start', index: 3, content_block: { type: 'tool_use', id: 'c2', name: 'g', input: {} } }, { type: 'content_block_stop', index: 3 },
    { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { input_tokens: 6, cache_read_input_tokens: 4, output_tokens: 5, output_tokens_details: { thinking_tokens: 3 } } }, { type: 'message_stop' },
  ],
  gemini: [
    {}, KEEP_ALIVE, { candidates: [{ content: { parts: [{ text: 'H', thought: true }, { text: 'm.', thought: true }, { text: 'Hi ' }] } }], modelVersion: 'm' }, KEEP_ALIVE,
    { candidates: [{ content: { parts: [{ text: 'there' }, { functionCall: { id: 'c1', name: 'f', args: { a: 1 } }, thoughtSignature: 'sealed' }, { functionCall: { id: 'c2', name: 'g' } }] } }] },
    { candidates: [{ finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 2, thoughtsTokenCount: 3, cachedContentTokenCount: 4 } },
  ],
};
const NATIVE = {
  responses: [{ type: 'reasoning', encrypted_content: 'sealed' }, { type: 'message', content: [] }, { type: 'function_call', call_id: 'c1' }],
  messages: [{ role: 'assistant', content: [{ type: 'thinking', thinking: 'Hm.', signature: 'signed' }, { type: 'text', text: 'Hi there' }, { type: 'tool_use', id: 'c1', name: 'f', input: { a: 1 } }, { type: 'tool_use', id: 'c2', name: 'g', input: {} }] }],
  gemini: [{ role: 'model', parts: [{ text: 'Hi there' }, { functionCall: { id: 'c1', name: 'f', args: { a: 1 } }, thoughtSignature: 'sealed' }, { functionCall: { id: 'c2', name: 'g' } }] }],
};
const turnsIn = (api, turns) => ({ responses: 'input', messages: 'messages', gemini: 'contents', chat: 'messages' })[api] && body(api, turns)[{ responses: 'input', gemini: 'contents' }[api] ?? 'messages'];

function gather(api, events) {
  const answer = newAnswer();
  const reader = dialectOf(api).reader(answer);
  for (const event of events) reader.take(JSON.stringify(event));
  return { answer, ended: reader.ended() };
}

for (const [api, events] of Object.entries(STREAMS)) {
  test(`a stream of ${api}, and its turn`, () => {
    const { answer, ended } = gather(api, events);
    assert.ok(ended);
    assert.deepEqual([answer.reasoning, answer.text, answer.model, answer.finish, answer.error], ['Hm.', 'Hi there', 'm', 'tool_calls', null]);
    assert.deepEqual(answer.toolCalls.map((call) => [call.id, call.name, JSON.parse(call.arguments || '{}')]), [['c1', 'f', { a: 1 }], ['c2', 'g', {}]]);
    assert.deepEqual(answer.usage, { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4 }, completion_tokens_details: { reasoning_tokens: 3 } });
    const turn = turnOf(dialectOf(api), answer);
    assert.deepEqual(turnsIn(api, [turn]), NATIVE[api]);
    // Another API gets the text and the calls, without state that does not belong to it.
    for (const other of DIALECTS.filter((dialect) => dialect.id !== api)) {
      const text = JSON.stringify(turnsIn(other.id, [turn, { role: 'tool', results: [{ id: 'c1', name: 'f', content: '{"t":1}' }] }]));
      for (const part of ['Hi there', '"f"', 'c1']) assert.ok(text.includes(part), `${other.id}: ${text}`);
      assert.ok(!/sealed|signed|Hm\./.test(text), `${other.id}: ${text}`);
    }
  });
  test(`a stream of ${api} that breaks off has not ended`, () => assert.equal(gather(api, events.slice(0, -1)).ended, false));
}

test('a stopped response is a turn of its text alone, in every API, and none without text', () => {
  for (const [api, events] of Object.entries(STREAMS)) {
    const { answer } = gather(api, events);
    const turn = turnOf(dialectOf(api), { ...answer, stopped: true });
    assert.deepEqual([turn.text, turn.toolCalls], ['Hi there', []]);
    const text = JSON.stringify(turnsIn(api, [turn]));
    assert.ok(text.includes('Hi there') && !/"f"|c1|sealed|signed/.test(text), `${api}: ${text}`);
    assert.equal(turnOf(dialectOf(api), { ...answer, text: '', stopped: true }), null);
  }
});

test('results of tools', () => {
  const turn = { role: 'tool', results: [{ id: 'c1', name: 'f', content: '{"t":1}' }, { id: '', name: 'g', content: 'rain' }] };
  assert.deepEqual(turnsIn('responses', [turn]), [{ type: 'function_call_output', call_id: 'c1', output: '{"t":1}' }, { type: 'function_call_output', call_id: '', output: 'rain' }]);
  assert.deepEqual(turnsIn('messages', [turn]), [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: '{"t":1}' }, { type: 'tool_result', tool_use_id: '', content: 'rain' }] }]);
  assert.deepEqual(turnsIn('gemini', [turn]), [{ role: 'user', parts: [{ functionResponse: { id: 'c1', name: 'f', response: { t: 1 } } }, { functionResponse: { name: 'g', response: { result: 'rain' } } }] }]);
});

const ERRORS = [
  ['responses', { type: 'error', code: 'rate_limit_exceeded', message: 'Slow.', error: { message: 'Slow.', code: 'rate_limit_exceeded' } }, 'rate_limit_exceeded'],
  ['responses', { type: 'response.failed', response: { status: 'failed', error: { code: 'server_error', message: 'Slow.' } } }, 'server_error'],
  ['messages', { type: 'error', error: { type: 'overloaded_error', message: 'Slow.' } }, 'overloaded_error'],
  ['gemini', { error: { code: 503, message: 'Slow.', status: 'UNAVAILABLE' } }, 'UNAVAILABLE'],
  ['chat', { error: { message: 'Slow.', code: 'x' } }, 'x'],
];
for (const [api, event, code] of ERRORS) test(`an error in a stream of ${api}`, () => assert.deepEqual(gather(api, [event]).answer.error, { message: 'Slow.', code }));

const ENDS = [
  ['responses', { type: 'response.incomplete', response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } } }, 'length'],
  ['messages', { type: 'message_delta', delta: { stop_reason: 'max_tokens' }, usage: { output_tokens: 1 } }, 'length'],
  ['messages', { type: 'message_delta', delta: { stop_reason: 'refusal' }, usage: { output_tokens: 1 } }, 'content_filter'],
  ['gemini', { candidates: [{ finishReason: 'MAX_TOKENS' }] }, 'length'],
  ['gemini', { candidates: [{ finishReason: 'SAFETY' }] }, 'content_filter'],
  ['gemini', { promptFeedback: { blockReason: 'SAFETY' } }, 'content_filter'],
];
for (const [api, event, finish] of ENDS) test(`${api} ends with ${finish}`, () => assert.equal(gather(api, [event]).answer.finish, finish));

const WHOLE = {
  chat: { model: 'm', choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }], usage: { prompt_tokens: 1, completion_tokens: 2 } },
  responses: { model: 'm', status: 'completed', output: [{ type: 'reasoning', summary: [{ text: 'Hm.' }] }, { type: 'message', content: [{ type: 'output_text', text: 'Hi' }] }], usage: { input_tokens: 1, output_tokens: 2 } },
  messages: { model: 'm', content: [{ type: 'text', text: 'Hi' }], stop_reason: 'end_turn', usage: { input_tokens: 1, output_tokens: 2 } },
  gemini: { modelVersion: 'm', candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2 } },
};
for (const [api, json] of Object.entries(WHOLE)) {
  test(`a whole response of ${api}`, () => {
    const answer = newAnswer();
    dialectOf(api).whole(json, answer);
    assert.deepEqual([answer.text, answer.finish, answer.model, answer.usage.prompt_tokens, answer.usage.completion_tokens], ['Hi', 'stop', 'm', 1, 2]);
  });
}
