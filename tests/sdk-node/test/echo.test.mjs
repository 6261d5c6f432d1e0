// npm openai against the host: the first steps of a new user, with the built-in model.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { startGateway } from '../support/gateway.mjs';

let gateway;
let client;
before(async () => {
  gateway = await startGateway();
  client = gateway.client();
});
after(() => gateway?.stop());

const model = 'nano/echo';
const messages = [{ role: 'user', content: 'Hello Nano' }];
const said = 'Nano is working. You said: Hello Nano';
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

test('a chat', async () => {
  const answer = await client.chat.completions.create({ model, messages });
  assert.equal(answer.choices[0].message.content, said);
  assert.equal(answer.choices[0].finish_reason, 'stop');
  assert.equal(answer.usage.total_tokens, 9);
});

test('a stream', async () => {
  const stream = await client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } });
  const pieces = [];
  let usage;
  for await (const chunk of stream) {
    if (chunk.choices[0]?.delta.content) pieces.push(chunk.choices[0].delta.content);
    usage ??= chunk.usage;
  }
  assert.deepEqual(pieces, ['Nano', ' is', ' working.', ' You', ' said:', ' Hello', ' Nano']);
  assert.equal(usage.completion_tokens, 7);
});

test('a stream that did not ask for usage gets none', async () => {
  for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
    assert.ok(!chunk.usage);
    assert.equal(chunk.choices.length, 1);
  }
});

test('the SDK puts a stream together', async () => {
  const answer = await client.chat.completions.stream({ model, messages }).finalChatCompletion();
  assert.equal(answer.choices[0].message.content, said);
});

test('the tool loop of the SDK', async () => {
  const asked = [];
  const runner = client.chat.completions.runTools({
    model,
    messages: [{ role: 'user', content: 'Weather?' }],
    tools: [{
      type: 'function',
      function: {
        ...weather.function,
        parse: JSON.parse,
        function: ({ city }) => {
          asked.push(city);
          return `Rain in ${city}`;
        },
      },
    }],
  });
  assert.equal(await runner.finalContent(), 'Nano is working. The tools returned:\n- get_weather: Rain in city');
  assert.deepEqual(asked, ['city']);
});

test('the tool loop of the SDK, streamed', async () => {
  const runner = client.chat.completions.runTools({
    model,
    stream: true,
    messages: [{ role: 'user', content: 'Weather?' }],
    tools: [{ type: 'function', function: { ...weather.function, parse: JSON.parse, function: ({ city }) => `Rain in ${city}` } }],
  });
  assert.equal(await runner.finalContent(), 'Nano is working. The tools returned:\n- get_weather: Rain in city');
});

test('structured output', async () => {
  const Weather = z.object({ city: z.string(), celsius: z.number().int(), sky: z.enum(['clear', 'grey']) });
  const answer = await client.chat.completions.parse({ model, messages, response_format: zodResponseFormat(Weather, 'weather') });
  assert.deepEqual(answer.choices[0].message.parsed, { city: 'city', celsius: 1, sky: 'clear' });
});

test('an image', async () => {
  const url = `data:image/png;base64,${Buffer.alloc(90).toString('base64')}`;
  const answer = await client.chat.completions.create({
    model,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'What?' }, { type: 'image_url', image_url: { url } }] }],
  });
  assert.equal(answer.choices[0].message.content, 'Nano is working. I see an image (image/png, 90 bytes). You said: What?');
});

test('the models', async () => {
  const ids = [];
  for await (const item of client.models.list()) ids.push(item.id);
  assert.ok(ids.includes(model), ids.join(' '));
  assert.equal((await client.models.retrieve(model)).id, model); // the SDK sends the slash as %2F
});
