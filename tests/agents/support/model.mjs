// A scripted model that speaks the four dialects of providers, whole and streamed. A script is a list of turns, each with the calls of
// one turn; the number of calls in the conversation selects the turn, so that a repeated request gets the same turn again.
// After the last turn the model sends its closing text. Requests without tools (titles, topics) get a short text.
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';

const id = (prefix) => prefix + randomBytes(12).toString('hex');
const list = (value) => (Array.isArray(value) ? value : []);
const pieces = (text) => text.match(/[^]{1,7}/g) ?? [];
const textOf = (content) => (typeof content === 'string' ? content : list(content).map((part) => part.text ?? '').join('\n'));

// The parts of a request, in every dialect: its tools' names, the number of calls so far, and the results of all calls.
const read = {
  chat: (body) => ({
    tools: list(body.tools).map((tool) => tool.function?.name),
    calls: list(body.messages).flatMap((message) => list(message.tool_calls)).length,
    results: list(body.messages).filter((message) => message.role === 'tool').map((message) => textOf(message.content)),
  }),
  responses: (body) => ({
    tools: list(body.tools).map((tool) => tool.name),
    calls: list(body.input).filter((item) => /^(function|custom_tool)_call$/.test(item.type)).length,
    results: list(body.input).filter((item) => /_call_output$/.test(item.type)).map((item) => textOf(item.output)),
  }),
  messages: (body) => {
    const blocks = list(body.messages).flatMap((message) => list(message.content));
    return {
      tools: list(body.tools).map((tool) => tool.name),
      calls: blocks.filter((block) => block.type === 'tool_use').length,
      results: blocks.filter((block) => block.type === 'tool_result').map((block) => textOf(block.content)),
    };
  },
  gemini: (body) => {
    const parts = list(body.contents).flatMap((content) => list(content.parts));
    return {
      tools: list(body.tools).flatMap((tool) => list(tool.functionDeclarations)).map((tool) => tool.name),
      calls: parts.filter((part) => part.functionCall).length,
      results: parts.filter((part) => part.functionResponse).map((part) => JSON.stringify(part.functionResponse.response)),
    };
  },
};

const usage = {
  chat: { prompt_tokens: 1200, completion_tokens: 30, total_tokens: 1230, prompt_tokens_details: { cached_tokens: 1000 } },
  responses: { input_tokens: 1200, input_tokens_details: { cached_tokens: 1000 }, output_tokens: 30, output_tokens_details: { reasoning_tokens: 10 }, total_tokens: 1230 },
  messages: { input_tokens: 200, cache_read_input_tokens: 1000, cache_creation_input_tokens: 0, output_tokens: 30 },
  gemini: { promptTokenCount: 1200, cachedContentTokenCount: 1000, candidatesTokenCount: 30, totalTokenCount: 1230 },
};

// A provider's response to a turn {text, calls: [{name, args}]}: a whole body, or the events of a stream as [name, data].
const write = {
  chat: {
    whole: (model, turn) => ({
      id: id('chatcmpl-'), object: 'chat.completion', created: 1790000000, model, usage: usage.chat,
      choices: [{ index: 0, finish_reason: turn.calls.length ? 'tool_calls' : 'stop', message: { role: 'assistant', content: turn.text || null, ...(turn.calls.length && { tool_calls: turn.calls.map((call) => ({ id: id('call_'), type: 'function', function: { name: call.name, arguments: JSON.stringify(call.args) } })) }) } }],
    }),
    events(model, turn) {
      const own = id('chatcmpl-');
      const chunk = (delta, finish_reason = null) => ['', { id: own, object: 'chat.completion.chunk', created: 1790000000, model, choices: [{ index: 0, delta, finish_reason }] }];
      return [
        chunk({ role: 'assistant', content: '' }),
        ...pieces(turn.text).map((content) => chunk({ content })),
        ...turn.calls.flatMap((call, index) => [
          chunk({ tool_calls: [{ index, id: id('call_'), type: 'function', function: { name: call.name, arguments: '' } }] }),
          ...pieces(JSON.stringify(call.args)).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
        ]),
        chunk({}, turn.calls.length ? 'tool_calls' : 'stop'),
        ['', { id: own, object: 'chat.completion.chunk', created: 1790000000, model, choices: [], usage: usage.chat }],
        ['', '[DONE]'],
      ];
    },
  },
  responses: {
    whole: (model, turn) => ({
      id: id('resp_'), object: 'response', created_at: 1790000000, status: 'completed', model, error: null, incomplete_details: null, usage: usage.responses,
      output: [
        { id: id('rs_'), type: 'reasoning', summary: [], encrypted_content: 'c3RhdGU=' },
        ...(turn.text ? [{ id: id('msg_'), type: 'message', status: 'completed', role: 'assistant', content: [{ type: 'output_text', text: turn.text, annotations: [] }] }] : []),
        ...turn.calls.map((call) => (call.input === undefined
          ? { id: id('fc_'), type: 'function_call', status: 'completed', call_id: id('call_'), name: call.name, arguments: JSON.stringify(call.args) }
          : { id: id('ctc_'), type: 'custom_tool_call', status: 'completed', call_id: id('call_'), name: call.name, input: call.input })),
      ],
    }),
    events(model, turn) {
      const done = write.responses.whole(model, turn);
      const events = [];
      const add = (type, members) => events.push([type, { type, sequence_number: events.length, ...members }]);
      add('response.created', { response: { ...done, status: 'in_progress', output: [], usage: null } });
      done.output.forEach((item, output_index) => {
        const place = { item_id: item.id, output_index };
        if (item.type === 'message') {
          const part = item.content[0];
          add('response.output_item.added', { output_index, item: { ...item, status: 'in_progress', content: [] } });
          add('response.content_part.added', { ...place, content_index: 0, part: { ...part, text: '' } });
          for (const delta of pieces(part.text)) add('response.output_text.delta', { ...place, content_index: 0, delta });
          add('response.output_text.done', { ...place, content_index: 0, text: part.text });
          add('response.content_part.done', { ...place, content_index: 0, part });
        } else if (item.type === 'function_call') {
          add('response.output_item.added', { output_index, item: { ...item, status: 'in_progress', arguments: '' } });
          for (const delta of pieces(item.arguments)) add('response.function_call_arguments.delta', { ...place, delta });
          add('response.function_call_arguments.done', { ...place, arguments: item.arguments });
        } else if (item.type === 'custom_tool_call') {
          add('response.output_item.added', { output_index, item: { ...item, status: 'in_progress', input: '' } });
          add('response.custom_tool_call_input.delta', { ...place, delta: item.input });
          add('response.custom_tool_call_input.done', { ...place, input: item.input });
        } else add('response.output_item.added', { output_index, item: { ...item, encrypted_content: undefined } });
        add('response.output_item.done', { output_index, item });
      });
      add('response.completed', { response: done });
      return events;
    },
  },
  messages: {
    whole: (model, turn) => ({
      id: id('msg_'), type: 'message', role: 'assistant', model, stop_reason: turn.calls.length ? 'tool_use' : 'end_turn', stop_sequence: null, usage: usage.messages,
      content: [
        { type: 'thinking', thinking: 'Next step.', signature: 'c2lnbmF0dXJl' },
        ...(turn.text ? [{ type: 'text', text: turn.text }] : []),
        ...turn.calls.map((call) => ({ type: 'tool_use', id: id('toolu_'), name: call.name, input: call.args })),
      ],
    }),
    events(model, turn) {
      const done = write.messages.whole(model, turn);
      const events = [];
      const add = (type, members) => events.push([type, { type, ...members }]);
      add('message_start', { message: { ...done, content: [], stop_reason: null, usage: { ...usage.messages, output_tokens: 1 } } });
      done.content.forEach((block, index) => {
        const empty = { text: { type: 'text', text: '' }, thinking: { type: 'thinking', thinking: '', signature: '' }, tool_use: { ...block, input: {} } };
        add('content_block_start', { index, content_block: empty[block.type] });
        const deltas = {
          text: () => pieces(block.text).map((text) => ({ type: 'text_delta', text })),
          thinking: () => [{ type: 'thinking_delta', thinking: block.thinking }, { type: 'signature_delta', signature: block.signature }],
          tool_use: () => pieces(JSON.stringify(block.input)).map((partial_json) => ({ type: 'input_json_delta', partial_json })),
        };
        for (const delta of deltas[block.type]()) add('content_block_delta', { index, delta });
        add('content_block_stop', { index });
      });
      add('message_delta', { delta: { stop_reason: done.stop_reason, stop_sequence: null }, usage: { output_tokens: 30 } });
      add('message_stop', {});
      return events;
    },
  },
  gemini: {
    whole: (model, turn) => ({
      responseId: id('r'), modelVersion: model, usageMetadata: usage.gemini,
      candidates: [{ index: 0, finishReason: 'STOP', content: { role: 'model', parts: [...(turn.text ? [{ text: turn.text }] : []), ...turn.calls.map((call, at) => ({ functionCall: { name: call.name, args: call.args }, ...(at === 0 && { thoughtSignature: 'c2lnbmF0dXJl' }) }))] } }],
    }),
    events(model, turn) {
      const done = write.gemini.whole(model, turn);
      const chunk = (parts, end) => ['', { ...done, candidates: [{ index: 0, content: { role: 'model', parts }, ...(end && { finishReason: 'STOP' }) }] }];
      const calls = done.candidates[0].content.parts.filter((part) => part.functionCall);
      return [...pieces(turn.text).map((text) => chunk([{ text }], false)), chunk(calls.length ? calls : [{ text: '' }], true)];
    },
  },
};

function dialectOf(path) {
  if (path.endsWith('/chat/completions')) return 'chat';
  if (path.endsWith('/responses')) return 'responses';
  if (path.endsWith('/messages')) return 'messages';
  return /:(streamGenerate|generate)Content$/.test(path) ? 'gemini' : undefined;
}

/** @returns a provider on loopback: `script(turns, closing)` sets the model's turns, `requests` contains the requests since then. */
export async function startModel() {
  let turns = [];
  let closing = '';
  let failing = null;
  const requests = [];
  const choose = ({ tools, calls }) => {
    if (tools.length === 0) return { text: 'A short title', calls: [] };
    let before = 0;
    for (const turn of turns) {
      if (before === calls) return { text: turn.text ?? '', calls: turn.calls };
      before += turn.calls.length;
    }
    return { text: closing, calls: [] };
  };
  const server = createServer(async (request, response) => {
    const bytes = [];
    for await (const piece of request) bytes.push(piece);
    const { pathname } = new URL(request.url, 'http://model');
    const dialect = dialectOf(pathname);
    if (!dialect) {
      requests.push({ dialect: 'none', url: request.url });
      response.writeHead(request.method === 'GET' ? 200 : 404, { 'content-type': 'application/json' });
      return response.end('{"data":[],"models":[]}');
    }
    const body = JSON.parse(Buffer.concat(bytes).toString('utf8'));
    const seen = read[dialect](body);
    requests.push({ dialect, url: request.url, ...seen });
    if (failing?.body) {
      response.writeHead(failing.status, { 'content-type': 'application/json', ...failing.headers });
      return response.end(JSON.stringify(failing.body));
    }
    const model = body.model ?? 'a-model';
    const turn = choose(seen);
    if (!(body.stream ?? pathname.endsWith(':streamGenerateContent'))) {
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify(write[dialect].whole(model, turn)));
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const [name, data] of write[dialect].events(model, turn).slice(0, failing?.cut)) response.write(`${name && `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
    if (failing?.cut) return request.socket.end();
    response.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseURL: `http://127.0.0.1:${server.address().port}`,
    requests,
    /** @param failure {status, headers, body} of every response, or {cut: n}: every stream breaks off after n events; null for none. */
    script(next, words, failure = null) {
      [turns, closing, failing] = [next, words, failure];
      requests.length = 0;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
