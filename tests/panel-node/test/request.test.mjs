import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dialectOf } from '../../../src/Core/Panel/Page/playground/dialects/dialects.js';
import { buildRequest, problems } from '../../../src/Core/Panel/Page/playground/request.js';

const EMPTY = { api: 'chat', system: '', temperature: '', topP: '', maxTokens: '', effort: '', seed: '', stop: '', tools: '', toolChoice: '', format: '', schema: '', more: '', strict: false };
const build = (settings) => {
  const { model, messages, ...rest } = buildRequest(undefined, 'm', [], { ...EMPTY, ...settings }).body;
  assert.equal(model, 'm');
  return { ...rest, ...(messages.length ? { messages } : {}) };
};

const REQUESTS = [
  ['nothing', {}, {}],
  ['system text', { system: 'x' }, { messages: [{ role: 'system', content: 'x' }] }],
  ['zero is not nothing', { temperature: '0', topP: '0', seed: '0' }, { temperature: 0, top_p: 0, seed: 0 }],
  ['stop sequences, line ends written', { stop: 'a\n\n\\n\\n' }, { stop: ['a', '\n\n'] }],
  ['a tool choice without tools is not sent', { toolChoice: 'required' }, {}],
  ['a list of tools', { tools: '[{"type":"function","function":{"name":"f"}}]', toolChoice: 'auto' }, { tools: [{ type: 'function', function: { name: 'f' } }], tool_choice: 'auto' }],
  ['one bare function', { tools: '{"name":"f","parameters":{}}' }, { tools: [{ type: 'function', function: { name: 'f', parameters: {} } }] }],
  ['a tool as Anthropic writes it', { tools: '[{"name":"f","input_schema":{"type":"object"}}]' }, { tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }] }],
  ['any JSON', { format: 'json_object' }, { response_format: { type: 'json_object' } }],
  ['a bare schema', { format: 'json_schema', schema: '{"type":"object"}' }, { response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: { type: 'object' } } } }],
  ['a schema with its frame', { format: 'json_schema', schema: '{"name":"n","schema":{}}' }, { response_format: { type: 'json_schema', json_schema: { name: 'n', schema: {} } } }],
  ['a schema that is not asked for', { schema: '{"type":"object"}' }, {}],
  ['other members', { more: '{"n":2,"temperature":1}', temperature: '0' }, { n: 2, temperature: 1 }],
];
for (const [name, settings, expected] of REQUESTS) test(name, () => assert.deepEqual(build(settings), expected));

const PROBLEMS = [
  ['nothing', {}, {}],
  ['too hot', { temperature: '2.1' }, { temperature: 'From 0 to 2.' }],
  ['no number', { topP: 'x', maxTokens: '1.5', seed: '1e400' }, { topP: 'From 0 to 1.', maxTokens: 'A whole number of at least 1.', seed: 'A whole number.' }],
  ['a negative seed is one', { seed: '-3' }, {}],
  ['no tools', { tools: '[]' }, { tools: 'The list is empty.' }],
  ['a tool without a name', { tools: '[{"type":"function","function":{"name":"f"}},{"type":"function","function":{}}]' }, { tools: 'Tool 2 has no name.' }],
  ['a tool that is none', { tools: '[null]' }, { tools: 'Tool 1 is not an object.' }],
  ['a tool of a provider', { tools: '[{"type":"web_search"}]' }, {}],
  ['a schema that is missing', { format: 'json_schema' }, { schema: 'Enter the JSON schema of the response.' }],
  ['a schema that is no object', { format: 'json_schema', schema: '[]' }, { schema: 'A schema is an object.' }],
  ['a list of members', { more: '[]' }, { more: 'Write an object: {"member": value}.' }],
];
for (const [name, settings, expected] of PROBLEMS) test(`mistakes: ${name}`, () => assert.deepEqual(problems({ ...EMPTY, ...settings }), expected));

test('invalid JSON is reported', () => assert.match(problems({ ...EMPTY, tools: '[{' }).tools, /^Not JSON: /));

test('the page streams, with usage', () => assert.deepEqual(dialectOf('chat').streamed({ model: 'm' }), { model: 'm', stream: true, stream_options: { include_usage: true } }));
