// npm @google/genai, ai with @ai-sdk/google, and @langchain/google call the Gemini API, with models that speak other dialects.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { ApiError, FunctionCallingConfigMode, GoogleGenAI } from '@google/genai';
import { ChatGoogle } from '@langchain/google';
import { embedMany, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { startGateway as startAgentGateway } from '../../agents/support/gateway.mjs';
import { startGateway } from '../support/gateway.mjs';

const models = ['openai/gpt-4o', 'anthropic/claude-sonnet-5', 'any-server/some-model', 'google/gemini-3.8-flash'];
const twoCalls = [{ text: 'I look.', calls: [{ name: 'get_weather', args: { city: 'Bergen' } }, { name: 'get_weather', args: { city: 'Oslo' } }] }];
const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tools = [{ functionDeclarations: [{ name: 'get_weather', description: 'The weather of a city.', parametersJsonSchema: schema }] }];

let gateway; // with a model that speaks all dialects
let scripted; // with exact responses
let impatient; // the same, with keep-alives after a second
before(async () => {
  gateway = await startAgentGateway();
  scripted = await startGateway();
  impatient = await startGateway({ settings: { KEEP_ALIVE_SECONDS: '1' } });
});
after(async () => {
  await gateway?.stop();
  await scripted?.stop();
  await impatient?.stop();
});

const genai = (baseUrl = gateway.url, apiKey = gateway.key) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl } });
const addressOf = (one) => one.baseURL.replace(/\/v1$/, '');
const scriptedGenai = (one = scripted) => genai(addressOf(one), 'the-key-of-the-node-tests');
const isBare = (part) => JSON.stringify(part) === '{"thought":true}';

/** Events of a Chat stream, or of Gemini's own. */
const chatChunk = (delta, finish_reason = null) => ({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o', choices: [{ index: 0, delta, finish_reason }] });
const geminiChunk = (text, more) => ({ candidates: [{ content: { role: 'model', parts: [{ text }] }, ...more }] });
const silences = {
  'openai/gpt-4o': { before: chatChunk({ role: 'assistant', content: 'Good ' }), after: [chatChunk({ content: 'morning.' }), chatChunk({}, 'stop'), '[DONE]'] },
  'google/gemini-3.8-flash': { before: geminiChunk('Good '), after: [geminiChunk('morning.', { finishReason: 'STOP' })] },
};

/** A stream whose second half is sent only when the first keep-alive was seen. */
function silence(model) {
  let goOn;
  const hold = new Promise((resolve) => (goOn = resolve));
  impatient.upstream.script({ events: [silences[model].before], hold, rest: silences[model].after });
  return goOn;
}

/** Calls `seen` when a response has a keep-alive, for clients that do not show it. */
async function watching(seen, call) {
  const own = globalThis.fetch;
  globalThis.fetch = async (...request) => {
    const response = await own(...request);
    let text = '';
    const watch = new TransformStream({
      transform(piece, out) {
        text += Buffer.from(piece).toString('utf8');
        if (text.includes('[{"thought":true}]')) seen();
        out.enqueue(piece);
      },
    });
    return new Response(response.body.pipeThrough(watch), { status: response.status, headers: response.headers });
  };
  try {
    return await call();
  } finally {
    globalThis.fetch = own;
  }
}

describe('@google/genai', () => {
  for (const model of models) {
    test(`a text with ${model}`, async () => {
      gateway.model.script([], 'Hello.');
      const response = await genai().models.generateContent({ model, contents: 'Hi', config: { systemInstruction: 'Be brief.', temperature: 0.5, maxOutputTokens: 100, tools } });
      assert.equal(response.text, 'Hello.');
      assert.equal(response.candidates[0].finishReason, 'STOP');
      assert.deepEqual([response.usageMetadata.promptTokenCount, response.usageMetadata.cachedContentTokenCount, response.usageMetadata.totalTokenCount], [1200, 1000, 1230]);
      assert.ok(response.responseId && response.modelVersion);
    });

    test(`a stream with ${model}: finish and usage in the last event, no empty part (Client_case36)`, async () => {
      gateway.model.script([], 'A text of several pieces.');
      const chunks = [];
      for await (const chunk of await genai().models.generateContentStream({ model, contents: 'Hi', config: { tools } })) chunks.push(chunk);
      assert.equal(chunks.map((chunk) => chunk.text ?? '').join(''), 'A text of several pieces.');
      assert.equal(chunks.filter((chunk) => chunk.candidates?.[0]?.finishReason).length, 1);
      assert.equal(chunks.at(-1).candidates[0].finishReason, 'STOP');
      assert.equal(chunks.at(-1).usageMetadata.totalTokenCount, 1230);
      if (!model.startsWith('google/')) assert.ok(chunks.every((chunk) => (chunk.candidates ?? []).every((one) => (one.content?.parts ?? []).every((part) => part.text !== ''))));
    });

    test(`a tool loop with ${model}: calls have ids, and results find them (Client_case34_and_37)`, async () => {
      gateway.model.script(twoCalls, 'It rains in both.');
      const contents = [{ role: 'user', parts: [{ text: 'Weather?' }] }];
      const first = await genai().models.generateContent({ model, contents, config: { tools, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.AUTO } } } });
      assert.equal(first.text, 'I look.');
      assert.deepEqual(first.functionCalls.map((call) => call.args), [{ city: 'Bergen' }, { city: 'Oslo' }]);
      if (!model.startsWith('google/')) assert.equal(new Set(first.functionCalls.map((call) => call.id)).size, 2);
      contents.push(first.candidates[0].content);
      contents.push({ role: 'user', parts: first.functionCalls.map((call) => ({ functionResponse: { id: call.id, name: call.name, response: { output: `rain in ${call.args.city}` } } })) });
      const second = await genai().models.generateContent({ model, contents, config: { tools } });
      assert.equal(second.text, 'It rains in both.');
      const results = gateway.model.requests.at(-1).results;
      assert.match(results[0], /rain in Bergen/);
      assert.match(results[1], /rain in Oslo/);
    });

    test(`a chat that streams tool calls with ${model}`, async () => {
      gateway.model.script(twoCalls, 'It rains in both.');
      const chat = genai().chats.create({ model, config: { tools } });
      const calls = [];
      for await (const chunk of await chat.sendMessageStream({ message: 'Weather?' })) calls.push(...(chunk.functionCalls ?? []));
      assert.deepEqual(calls.map((call) => call.args), [{ city: 'Bergen' }, { city: 'Oslo' }]);
      let text = '';
      const message = calls.map((call) => ({ functionResponse: { id: call.id, name: call.name, response: { output: `rain in ${call.args.city}` } } }));
      for await (const chunk of await chat.sendMessageStream({ message })) text += chunk.text ?? '';
      assert.equal(text, 'It rains in both.');
      assert.match(gateway.model.requests.at(-1).results.join(' '), /rain in Bergen.*rain in Oslo/);
    });

    test(`a chat that streams text with ${model} remembers its turns`, async () => {
      const chat = genai().chats.create({ model, config: { tools } });
      for (const [message, reply] of [['My name is Ann.', 'Good morning 😀'], ['What is my name?', 'A']]) {
        gateway.model.script([], reply);
        let text = '';
        for await (const chunk of await chat.sendMessageStream({ message })) text += chunk.text ?? '';
        assert.equal(text, reply);
      }
      const history = chat.getHistory(true);
      assert.deepEqual(history.filter((content) => content.role === 'user').map((content) => content.parts[0].text), ['My name is Ann.', 'What is my name?']);
      const said = history.filter((content) => content.role === 'model').flatMap((content) => content.parts);
      assert.equal(said.filter((part) => !part.thought).map((part) => part.text).join(''), 'Good morning 😀A');
    });

    test(`counting tokens with ${model}: a total, and no generation (Client_case33)`, async () => {
      gateway.model.script([], 'never');
      const counted = scriptedCount(model);
      const { totalTokens } = await counted;
      assert.ok(totalTokens > 0, `${totalTokens}`);
    });
  }

  /** Google and Anthropic have their own counts, others are estimated. */
  async function scriptedCount(model) {
    if (model.startsWith('any-server/')) return genai().models.countTokens({ model, contents: 'How many tokens are these?' });
    scripted.upstream.script({ body: JSON.stringify({ totalTokens: 7, input_tokens: 7, object: 'response.input_tokens' }) });
    const counted = await scriptedGenai().models.countTokens({ model, contents: 'How many tokens are these?' });
    assert.ok(scripted.upstream.requests.every((request) => /count|input_tokens/i.test(request.url)), scripted.upstream.requests.map((request) => request.url).join());
    return counted;
  }

  test('a schema reaches a foreign model', async () => {
    scripted.upstream.script({ body: JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'gpt-4o', choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: '{"city":"Bergen"}' } }] }) });
    const response = await scriptedGenai().models.generateContent({
      model: 'openai/gpt-4o', contents: 'Where?',
      config: { responseMimeType: 'application/json', responseSchema: { type: 'OBJECT', properties: { city: { type: 'STRING' } }, required: ['city'] } },
    });
    assert.deepEqual(JSON.parse(response.text), { city: 'Bergen' });
    const { response_format: format } = JSON.parse(scripted.upstream.requests[0].body);
    assert.equal(format.type, 'json_schema');
    assert.deepEqual(format.json_schema.schema.properties, { city: { type: 'string' } });
  });

  test('the signature of a thought returns to its model', async () => {
    const message = (content, stop_reason) => ({ body: JSON.stringify({ id: 'm', type: 'message', role: 'assistant', model: 'claude-sonnet-5', content, stop_reason, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } }) });
    const thought = { type: 'thinking', thinking: 'I must look.', signature: 'c2lnbmF0dXJl' };
    scripted.upstream.script(message([thought, { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Oslo' } }], 'tool_use'), message([{ type: 'text', text: 'Rain.' }], 'end_turn'));
    const contents = [{ role: 'user', parts: [{ text: 'Weather?' }] }];
    const config = { tools, thinkingConfig: { includeThoughts: true, thinkingBudget: 2048 } };
    const first = await scriptedGenai().models.generateContent({ model: 'anthropic/claude-sonnet-5', contents, config });
    const [part] = first.candidates[0].content.parts;
    assert.deepEqual([part.thought, part.text], [true, 'I must look.']);
    assert.ok(part.thoughtSignature);
    const call = first.functionCalls[0];
    contents.push(first.candidates[0].content, { role: 'user', parts: [{ functionResponse: { id: call.id, name: call.name, response: { output: 'rain' } } }] });
    await scriptedGenai().models.generateContent({ model: 'anthropic/claude-sonnet-5', contents, config });
    const turn = JSON.parse(scripted.upstream.requests[1].body).messages[1].content;
    assert.deepEqual(turn[0], thought);
    assert.equal(turn[1].id, 'toolu_1');
  });

  test('embeddings of a foreign model', async () => {
    scripted.upstream.script({ body: JSON.stringify({ object: 'list', model: 'm', data: [{ object: 'embedding', index: 0, embedding: [1, 2] }, { object: 'embedding', index: 1, embedding: [3, 4] }], usage: { prompt_tokens: 2, total_tokens: 2 } }) });
    const { embeddings } = await scriptedGenai().models.embedContent({ model: 'openai/text-embedding-3-small', contents: ['a', 'b'], config: { outputDimensionality: 2 } });
    assert.deepEqual(embeddings.map((one) => one.values), [[1, 2], [3, 4]]);
    assert.deepEqual(JSON.parse(scripted.upstream.requests[0].body), { model: 'text-embedding-3-small', input: ['a', 'b'], dimensions: 2 });
  });

  test('errors have a status that the client raises', async () => {
    const status = async (call) => {
      try {
        await call();
      } catch (error) {
        assert.ok(error instanceof ApiError, `${error}`);
        return [error.status, error.message];
      }
      return [200, ''];
    };
    assert.equal((await status(() => genai().models.generateContent({ model: 'no-such-model', contents: 'Hi' })))[0], 404);
    assert.equal((await status(() => genai(gateway.url, 'wrong').models.generateContent({ model: models[0], contents: 'Hi' })))[0], 401);
    scripted.upstream.script({ status: 429, body: JSON.stringify({ error: { message: 'Slow down.', type: 'rate_limit', code: 'rate_limit_exceeded' } }) });
    const [limited, message] = await status(() => scriptedGenai().models.generateContent({ model: 'openai/gpt-4o', contents: 'Hi' }));
    assert.equal(limited, 429);
    assert.match(message, /Slow down\./);
    assert.equal(JSON.parse(message).error.status, 'RESOURCE_EXHAUSTED');
  });

  for (const model of Object.keys(silences)) {
    test(`a chat with ${model} remembers a turn with a keep-alive in it`, async () => {
      const goOn = silence(model);
      const chat = scriptedGenai(impatient).chats.create({ model });
      let text = '';
      for await (const chunk of await chat.sendMessageStream({ message: 'Hi' })) {
        if (chunk.candidates[0].content.parts.some(isBare)) goOn();
        text += chunk.text ?? '';
      }
      assert.equal(text, 'Good morning.');
      impatient.upstream.script({ events: [silences[model].before], rest: silences[model].after });
      for await (const _ of await chat.sendMessageStream({ message: 'Again' }));
      const sent = JSON.parse(impatient.upstream.requests[0].body);
      const turns = (sent.contents ?? sent.messages).map((turn) => turn.content ?? turn.parts.map((part) => part.text).join(''));
      assert.deepEqual([turns[0], turns.slice(1, -1).join(''), turns.at(-1)], ['Hi', 'Good morning.', 'Again']);
      assert.doesNotMatch(impatient.upstream.requests[0].body, /thought/);
    });
  }

  test('a chat remembers a turn that ends with an image', async () => {
    const image = { images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }] };
    scripted.upstream.script({ events: [chatChunk({ role: 'assistant', content: 'See:' }), chatChunk(image), chatChunk({}, 'stop'), '[DONE]'] });
    const chat = scriptedGenai().chats.create({ model: 'openai/gpt-4o' });
    for await (const _ of await chat.sendMessageStream({ message: 'Draw' }));
    const [asked, ...said] = chat.getHistory(true);
    assert.equal(asked.parts[0].text, 'Draw');
    assert.equal(said.flatMap((content) => content.parts).find((part) => part.inlineData).inlineData.data, 'iVBORw0KGgo=');
  });

  test('an error in a stream is raised', async () => {
    scripted.upstream.script({ events: [chatChunk({ role: 'assistant', content: 'Half' })], cut: true });
    let text = '';
    await assert.rejects(async () => {
      for await (const part of await scriptedGenai().models.generateContentStream({ model: 'openai/gpt-4o', contents: 'Hi' })) text += part.text ?? '';
    }, (error) => error instanceof ApiError && /broke off/.test(error.message));
    assert.equal(text, 'Half');
  });
});

describe('ai with @ai-sdk/google', () => {
  const google = () => createGoogleGenerativeAI({ baseURL: `${gateway.url}/v1beta`, apiKey: gateway.key });
  const weather = tool({ description: 'The weather of a city.', inputSchema: z.object({ city: z.string() }), execute: async ({ city }) => `rain in ${city}` });

  for (const model of models) {
    test(`a tool loop with ${model}`, async () => {
      gateway.model.script(twoCalls, 'It rains in both.');
      const { text, steps } = await generateText({ model: google()(model), prompt: 'Weather?', tools: { get_weather: weather }, stopWhen: stepCountIs(3), maxRetries: 0 });
      assert.equal(text, 'It rains in both.');
      assert.equal(steps.length, 2);
      assert.match(gateway.model.requests.at(-1).results.join(' '), /rain in Bergen.*rain in Oslo/);
    });

    test(`a streamed tool loop with ${model}`, async () => {
      gateway.model.script(twoCalls, 'It rains in both.');
      const result = streamText({ model: google()(model), prompt: 'Weather?', tools: { get_weather: weather }, stopWhen: stepCountIs(3), maxRetries: 0 });
      let text = '';
      for await (const piece of result.textStream) text += piece;
      assert.match(text, /It rains in both\.$/);
      assert.equal(await result.finishReason, 'stop');
      assert.equal((await result.usage).outputTokens, 60);
    });
  }

  test('an object of a schema', async () => {
    scripted.upstream.script({ body: JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'gpt-4o', choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: '{"city":"Bergen"}' } }], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }) });
    const own = createGoogleGenerativeAI({ baseURL: scripted.baseURL.replace(/\/v1$/, '/v1beta'), apiKey: 'the-key-of-the-node-tests' });
    const { output } = await generateText({ model: own('openai/gpt-4o'), prompt: 'Where?', output: Output.object({ schema: z.object({ city: z.string() }) }), maxRetries: 0 });
    assert.deepEqual(output, { city: 'Bergen' });
  });

  for (const model of Object.keys(silences)) {
    test(`a keep-alive is nothing in a stream of ${model}`, async () => {
      const own = createGoogleGenerativeAI({ baseURL: `${addressOf(impatient)}/v1beta`, apiKey: 'the-key-of-the-node-tests' });
      const result = await watching(silence(model), async () => {
        const { text, reasoningText } = streamText({ model: own(model), prompt: 'Hi', maxRetries: 0 });
        return [await text, (await reasoningText) ?? ''];
      });
      assert.deepEqual(result, ['Good morning.', '']);
    });
  }

  test('embeddings', async () => {
    scripted.upstream.script({ body: JSON.stringify({ object: 'list', model: 'm', data: [{ object: 'embedding', index: 0, embedding: [1, 2] }, { object: 'embedding', index: 1, embedding: [3, 4] }], usage: { prompt_tokens: 2, total_tokens: 2 } }) });
    const own = createGoogleGenerativeAI({ baseURL: scripted.baseURL.replace(/\/v1$/, '/v1beta'), apiKey: 'the-key-of-the-node-tests' });
    const { embeddings } = await embedMany({ model: own.textEmbeddingModel('openai/text-embedding-3-small'), values: ['a', 'b'], maxRetries: 0 });
    assert.deepEqual(embeddings, [[1, 2], [3, 4]]);
  });
});

describe('@langchain/google', () => {
  for (const model of Object.keys(silences)) {
    test(`a keep-alive is nothing in a stream of ${model}`, async () => {
      const text = await watching(silence(model), async () => {
        const client = new ChatGoogle({ model, apiKey: 'the-key-of-the-node-tests', maxRetries: 0, platformType: 'gai', endpoint: addressOf(impatient) });
        let all = '';
        for await (const chunk of await client.stream('Hi')) all += chunk.text;
        return all;
      });
      assert.equal(text, 'Good morning.');
    });
  }
});
