import { callOf, eventReader, fail, partsOf, usageOf } from './answer.js';

const ENDS = new Set(['response.completed', 'response.incomplete', 'response.failed']);
const FINISHES = { max_output_tokens: 'length', content_filter: 'content_filter' };

/** @type {import('./dialects.js').Dialect} */
export const responses = {
  id: 'responses', name: 'OpenAI Responses', lacks: ['seed', 'stop'],
  path: () => 'v1/responses',

  body(model, turns, { system, temperature, topP, maxTokens, effort, tools, toolChoice, format, more, reasons }) {
    const body = { model, ...(system ? { instructions: system } : {}), input: turns.flatMap(itemsOf), store: false };
    if (temperature !== null) body.temperature = temperature;
    if (topP !== null) body.top_p = topP;
    if (maxTokens !== null) body.max_output_tokens = maxTokens;
    if (effort) body.reasoning = effort === 'none' ? { effort } : { effort, summary: 'auto' };
    // Responses are not stored: the model's state is sent back with the next request.
    if (reasons || (effort && effort !== 'none')) body.include = ['reasoning.encrypted_content'];
    if (tools.length) body.tools = tools.map((tool) => (tool.function ? { type: 'function', ...tool.function } : tool.raw));
    if (tools.length && toolChoice) body.tool_choice = toolChoice;
    if (format?.type === 'json_object') body.text = { format: { type: 'json_object' } };
    if (format?.type === 'json_schema') body.text = { format: { type: 'json_schema', ...format.named } };
    return { ...body, ...more };
  },

  streamed: (body) => ({ ...body, stream: true }),

  reader: (answer) => eventReader((event) => takeEvent(event, answer), (event) => ENDS.has(event.type)),

  whole(response, answer) {
    for (const [at, item] of (response.output ?? []).entries()) {
      for (const part of item.content ?? []) {
        if (part.type === 'output_text') answer.text += part.text;
        if (part.type === 'refusal') answer.refusal += part.refusal;
      }
      if (item.type === 'reasoning') answer.reasoning += [...(item.summary ?? []), ...(item.content ?? [])].map((part) => part.text ?? '').join('\n\n');
      takeItem(item, at, answer);
    }
    end(response, answer);
  },
};

function takeEvent(event, answer) {
  switch (event.type) {
    case 'response.output_text.delta':
      answer.text += event.delta;
      break;
    case 'response.refusal.delta':
      answer.refusal += event.delta;
      break;
    case 'response.reasoning_summary_part.added':
      if (answer.reasoning) answer.reasoning += '\n\n';
      break;
    case 'response.reasoning_summary_text.delta':
    case 'response.reasoning_text.delta':
      answer.reasoning += event.delta;
      break;
    case 'response.output_item.added':
    case 'response.output_item.done':
      takeItem(event.item, event.output_index, answer);
      break;
    case 'response.function_call_arguments.delta':
    case 'response.custom_tool_call_input.delta':
      callOf(answer, event.output_index).arguments += event.delta;
      break;
    case 'error':
      fail(answer, event.error ?? event);
      break;
    default:
      if (ENDS.has(event.type)) end(event.response, answer);
  }
}

/** Names and ids of calls, and the arguments if they arrived without deltas. */
function takeItem(item, at, answer) {
  const isCustom = item.type === 'custom_tool_call';
  if (item.type !== 'function_call' && !isCustom) return;
  const call = callOf(answer, at, isCustom);
  call.id = item.call_id;
  call.name = item.name;
  const whole = isCustom ? item.input : item.arguments;
  if (whole) call.arguments = whole;
}

function end(response, answer) {
  answer.model = response.model ?? null;
  answer.native = response.output ?? [];
  if (response.usage) answer.usage = usageOf(response.usage.input_tokens, response.usage.output_tokens, response.usage.input_tokens_details?.cached_tokens, response.usage.output_tokens_details?.reasoning_tokens);
  if (response.error) answer.error ?? fail(answer, response.error);
  answer.finish = response.status === 'incomplete' ? FINISHES[response.incomplete_details?.reason] ?? 'length' : answer.toolCalls.length ? 'tool_calls' : 'stop';
}

function itemsOf(turn) {
  if (turn.role === 'user') return [{ role: 'user', content: typeof turn.content === 'string' ? turn.content : partsOf(turn.content).map((part) => (part.url ? { type: 'input_image', image_url: part.url } : { type: 'input_text', text: part.text })) }];
  if (turn.role === 'tool') return turn.results.map((result) => ({ type: result.isCustom ? 'custom_tool_call_output' : 'function_call_output', call_id: result.id, output: result.content }));
  // Reasoning without its state is of no use to the provider, which has not stored it.
  if (turn.api === 'responses' && turn.native.length) return turn.native.filter((item) => item.type !== 'reasoning' || item.encrypted_content);
  return [
    ...(turn.text || turn.refusal ? [{ role: 'assistant', content: turn.text || turn.refusal }] : []),
    ...turn.toolCalls.map((call) => ({ type: 'function_call', call_id: call.id, name: call.name, arguments: call.arguments })),
  ];
}
