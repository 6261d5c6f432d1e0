import { callOf, fail } from './answer.js';

/** @type {import('./dialects.js').Dialect} */
export const chat = {
  id: 'chat', name: 'OpenAI Chat', lacks: [],
  path: () => 'v1/chat/completions',

  body(model, turns, { system, temperature, topP, maxTokens, effort, seed, stop, tools, toolChoice, format, more }) {
    const body = { model, messages: [...(system ? [{ role: 'system', content: system }] : []), ...turns.flatMap(messagesOf)] };
    if (temperature !== null) body.temperature = temperature;
    if (topP !== null) body.top_p = topP;
    if (maxTokens !== null) body.max_completion_tokens = maxTokens;
    if (effort) body.reasoning_effort = effort;
    if (seed !== null) body.seed = seed;
    if (stop.length) body.stop = stop;
    if (tools.length) body.tools = tools.map((tool) => (tool.function && !tool.raw.function ? { type: 'function', function: tool.function } : tool.raw));
    if (tools.length && toolChoice) body.tool_choice = toolChoice;
    if (format?.type === 'json_object') body.response_format = { type: 'json_object' };
    if (format?.type === 'json_schema') body.response_format = { type: 'json_schema', json_schema: format.named };
    return { ...body, ...more };
  },

  /** The body as the page sends it: with usage. */
  streamed: (body) => ({ ...body, stream: true, stream_options: { include_usage: true } }),

  reader(answer) {
    let ended = false;
    return {
      ended: () => ended,
      take(data) {
        if (data === '[DONE]') {
          ended = true;
          return;
        }
        const chunk = JSON.parse(data);
        if (chunk.error) {
          fail(answer, chunk.error);
          return;
        }
        if (chunk.usage) answer.usage = chunk.usage;
        if (chunk.model) answer.model = chunk.model;
        const choice = chunk.choices?.[0];
        if (!choice) return;
        if (choice.finish_reason) answer.finish = choice.finish_reason;
        takeMessage(choice.delta ?? {}, answer);
      },
    };
  },

  whole({ choices, usage, model }, answer) {
    answer.usage = usage ?? null;
    answer.model = model ?? null;
    answer.finish = choices[0].finish_reason;
    takeMessage(choices[0].message, answer);
  },
};

/** A delta of a stream, or a whole message: both have the same members. */
function takeMessage(delta, answer) {
  if (typeof delta.content === 'string') answer.text += delta.content;
  if (typeof delta.refusal === 'string') answer.refusal += delta.refusal;
  const thought = delta.reasoning_content ?? delta.reasoning;
  if (typeof thought === 'string') answer.reasoning += thought;
  if (Array.isArray(delta.reasoning_details)) answer.native.push(...delta.reasoning_details);
  for (const [at, piece] of (delta.tool_calls ?? []).entries()) {
    const call = callOf(answer, piece.index ?? at);
    if (piece.id) call.id = piece.id;
    if (piece.function?.name) call.name += piece.function.name;
    if (piece.function?.arguments) call.arguments += piece.function.arguments;
  }
}

function messagesOf(turn) {
  if (turn.role === 'user') return [{ role: 'user', content: turn.content }];
  if (turn.role === 'tool') return turn.results.map((result) => ({ role: 'tool', tool_call_id: result.id, content: result.content }));
  const { text, refusal, toolCalls: calls, native } = turn;
  return [{
    role: 'assistant',
    content: text || (calls.length ? null : ''),
    ...(refusal ? { refusal } : {}),
    ...(turn.api === 'chat' && native.length ? { reasoning_details: native } : {}),
    ...(calls.length ? { tool_calls: calls.map((call) => ({ id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } })) } : {}),
  }];
}
