import { argumentsOf, callOf, eventReader, fail, partsOf, usageOf } from './answer.js';

/** The API requires a limit; the gateway's own documentation uses the same. */
const DEFAULT_MAX_TOKENS = 4096;
const FINISHES = { end_turn: 'stop', stop_sequence: 'stop', max_tokens: 'length', model_context_window_exceeded: 'length', tool_use: 'tool_calls', refusal: 'content_filter' };
const CHOICES = { auto: { type: 'auto' }, required: { type: 'any' }, none: { type: 'none' } };

/** @type {import('./dialects.js').Dialect} */
export const messages = {
  id: 'messages', name: 'Anthropic Messages', lacks: ['seed'],
  path: () => 'v1/messages',

  body(model, turns, { system, temperature, topP, maxTokens, effort, stop, tools, toolChoice, format, more }) {
    const body = { model, max_tokens: maxTokens ?? DEFAULT_MAX_TOKENS, ...(system ? { system } : {}), messages: turns.map(messageOf) };
    if (temperature !== null) body.temperature = temperature;
    if (topP !== null) body.top_p = topP;
    if (effort) body.thinking = { type: effort === 'none' ? 'disabled' : 'adaptive' };
    if (stop.length) body.stop_sequences = stop;
    if (tools.length) body.tools = tools.map((tool) => (tool.function ? toolOf(tool.function) : tool.raw));
    if (tools.length && toolChoice) body.tool_choice = CHOICES[toolChoice];
    const output = { ...(effort && effort !== 'none' ? { effort: effort === 'minimal' ? 'low' : effort } : {}), ...(format?.type === 'json_schema' ? { format: { type: 'json_schema', schema: format.named.schema } } : {}) };
    if (Object.keys(output).length) body.output_config = output;
    return { ...body, ...more };
  },

  streamed: (body) => ({ ...body, stream: true }),

  reader: (answer) => eventReader((event) => takeEvent(event, answer), (event) => event.type === 'message_stop'),

  whole(message, answer) {
    answer.model = message.model ?? null;
    answer.native = message.content;
    message.content.forEach((block, at) => takeBlock(block, at, answer));
    takeEnd(message, answer);
  },
};

function takeEvent(event, answer) {
  const block = answer.native[event.index];
  switch (event.type) {
    case 'message_start':
      answer.model = event.message.model ?? null;
      takeEnd(event.message, answer);
      break;
    case 'content_block_start':
      answer.native[event.index] = { ...event.content_block };
      takeBlock(event.content_block, event.index, answer);
      break;
    case 'content_block_delta':
      if (block) takeDelta(event.delta, block, event.index, answer);
      break;
    case 'content_block_stop':
      if (block?.type === 'tool_use') block.input = argumentsOf(callOf(answer, event.index));
      break;
    case 'message_delta':
      takeEnd({ ...event.delta, usage: event.usage }, answer);
      break;
    case 'error':
      fail(answer, event.error);
      break;
    default:
  }
}

/** A whole block, or the beginning of one. */
function takeBlock(block, at, answer) {
  if (block.type === 'text') answer.text += block.text;
  else if (block.type === 'thinking') answer.reasoning += block.thinking;
  else if (block.type === 'tool_use') {
    const call = callOf(answer, at);
    Object.assign(call, { id: block.id, name: block.name, arguments: Object.keys(block.input ?? {}).length ? JSON.stringify(block.input) : '' });
  }
}

function takeDelta(delta, block, at, answer) {
  if (delta.type === 'text_delta') {
    block.text += delta.text;
    answer.text += delta.text;
  } else if (delta.type === 'thinking_delta') {
    block.thinking += delta.thinking;
    answer.reasoning += delta.thinking;
  } else if (delta.type === 'signature_delta') block.signature = (block.signature ?? '') + delta.signature;
  else if (delta.type === 'input_json_delta' && block.type === 'tool_use') callOf(answer, at).arguments += delta.partial_json;
}

function takeEnd({ stop_reason: reason, usage }, answer) {
  if (reason) answer.finish = FINISHES[reason] ?? reason;
  // The input excludes tokens read from or written to a cache.
  if (usage?.output_tokens !== undefined) {
    const input = usage.input_tokens === undefined ? answer.usage?.prompt_tokens : (usage.input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
    answer.usage = usageOf(input, usage.output_tokens, usage.cache_read_input_tokens, usage.output_tokens_details?.thinking_tokens);
  }
}

const toolOf = ({ name, description, parameters, strict }) => ({ name, ...(description ? { description } : {}), input_schema: parameters ?? { type: 'object' }, ...(strict === undefined ? {} : { strict }) });

function messageOf(turn) {
  if (turn.role === 'user') {
    return { role: 'user', content: typeof turn.content === 'string' ? turn.content : partsOf(turn.content).map((part) => (part.url ? { type: 'image', source: { type: 'base64', media_type: part.type, data: part.data } } : { type: 'text', text: part.text })) };
  }
  if (turn.role === 'tool') return { role: 'user', content: turn.results.map((result) => ({ type: 'tool_result', tool_use_id: result.id, content: result.content })) };
  // Reasoning without a signature is not sent back.
  const own = turn.api === 'messages' ? turn.native.filter((block) => block && (block.type === 'text' ? block.text : block.type !== 'thinking' || block.signature)) : [];
  if (own.length) return { role: 'assistant', content: own };
  const text = turn.text || turn.refusal;
  return { role: 'assistant', content: [...(text ? [{ type: 'text', text }] : []), ...turn.toolCalls.map((call) => ({ type: 'tool_use', id: call.id, name: call.name, input: argumentsOf(call) }))] };
}
