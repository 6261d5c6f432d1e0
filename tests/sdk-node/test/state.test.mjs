// npm openai in a tool loop with models that think: the parts of a response that its client keeps return their state to them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startGateway } from '../support/gateway.mjs';

let gateway;
let client;
before(async () => {
  gateway = await startGateway();
  client = gateway.client();
});
after(() => gateway?.stop());

const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }];
const signature = Buffer.from('the signature of the first turn, as long as they are').toString('base64');

const cases = [
  {
    name: 'anthropic',
    model: 'anthropic/claude-opus-5-5',
    whole: {
      id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-opus-5-5', stop_reason: 'tool_use', stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 },
      content: [{ type: 'thinking', thinking: 'Which "city"? 🌧', signature }, { type: 'tool_use', id: 'toolu_1', name: 'look', input: { city: 'Bergen' } }],
    },
    events: [
      { type: 'message_start', message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-opus-5-5', content: [], stop_reason: null, usage: { input_tokens: 1, output_tokens: 0 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Which "ci' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'ty"? 🌧' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature } },
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} } },
      { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"city":"Bergen"}' } },
      { type: 'content_block_stop', index: 1 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 1 } },
      { type: 'message_stop' },
    ],
    check: (body) => assert.deepEqual(body.messages[1].content, [{ type: 'thinking', thinking: 'Which "city"? 🌧', signature }, { type: 'tool_use', id: 'toolu_1', name: 'look', input: { city: 'Bergen' } }]),
  },
  {
    name: 'google',
    model: 'google/gemini-3.8-flash',
    whole: {
      candidates: [{ index: 0, finishReason: 'STOP', content: { role: 'model', parts: [{ text: 'hm', thought: true }, { functionCall: { name: 'look', args: { city: 'Bergen' } }, thoughtSignature: signature }] } }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 }, modelVersion: 'gemini-3.8-flash', responseId: 'r1',
    },
    get events() {
      return [this.whole];
    },
    check: (body) => {
      const part = body.contents[1].parts.find((p) => p.functionCall);
      assert.equal(part.thoughtSignature, signature);
      assert.deepEqual(part.functionCall.args, { city: 'Bergen' });
    },
  },
  {
    name: 'openai over Responses',
    model: 'openai/gpt-6-astra',
    get whole() {
      return {
        id: 'resp_1', object: 'response', created_at: 1, status: 'completed', model: 'gpt-6-astra', usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
        output: [
          { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: signature },
          { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look', arguments: '{"city":"Bergen"}', status: 'completed' },
        ],
      };
    },
    get events() {
      const [thought, call] = this.whole.output;
      return [
        { type: 'response.created', response: { ...this.whole, status: 'in_progress', output: [] } },
        { type: 'response.output_item.added', output_index: 0, item: { ...thought, encrypted_content: null } },
        { type: 'response.output_item.done', output_index: 0, item: thought },
        { type: 'response.output_item.added', output_index: 1, item: { ...call, arguments: '' } },
        { type: 'response.function_call_arguments.delta', output_index: 1, delta: '{"city":"Bergen"}' },
        { type: 'response.output_item.done', output_index: 1, item: call },
        { type: 'response.completed', response: this.whole },
      ];
    },
    check: (body) => {
      const at = body.input.findIndex((item) => item.type === 'function_call');
      assert.equal(body.input[at].call_id, 'call_1');
      assert.equal(body.input[at - 1].type, 'reasoning');
      assert.equal(body.input[at - 1].encrypted_content, signature);
    },
  },
];

for (const { name, model, whole, events, check } of cases) {
  for (const streamed of [false, true]) {
    test(`a ${streamed ? 'streamed' : 'whole'} turn of ${name} comes back with its state`, async () => {
      const messages = [{ role: 'user', content: 'What is the weather in Bergen?' }];
      gateway.upstream.script(streamed ? { events } : { body: JSON.stringify(whole) });
      const answer = streamed
        ? await client.chat.completions.stream({ model, messages, tools, reasoning_effort: 'high' }).finalMessage()
        : (await client.chat.completions.create({ model, messages, tools, reasoning_effort: 'high' })).choices[0].message;
      assert.equal(answer.tool_calls.length, 1);
      assert.equal(answer.tool_calls[0].function.arguments, '{"city":"Bergen"}');
      messages.push(answer, { role: 'tool', tool_call_id: answer.tool_calls[0].id, content: 'rain' });
      gateway.upstream.script({ body: JSON.stringify(whole) });
      const { response } = await client.chat.completions.create({ model, messages, tools, reasoning_effort: 'high' }).withResponse();
      const sent = gateway.upstream.requests[0].body;
      assert.ok(!sent.includes('__nano'), 'no seal leaves the gateway');
      assert.ok(!(response.headers.get('x-nano-loss') ?? '').includes('reasoning'), response.headers.get('x-nano-loss'));
      check(JSON.parse(sent));
    });
  }
}
