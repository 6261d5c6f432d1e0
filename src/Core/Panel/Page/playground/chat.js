// One answer of a model: sent, streamed and gathered, with what was measured on the way.
import { ApiError, send } from '../api.js';
import { sseParser } from '../text/sse.js';

/** More calls than any model makes at once are not taken. */
const MAX_CALLS = 128;
/** The raw answer is kept up to here, in characters. */
const MAX_RAW = 4_000_000;

/**
 * @typedef {{id: string, name: string, arguments: string}} ToolCall
 * @typedef {{text: string, reasoning: string, refusal: string, reasoningDetails: any[], toolCalls: ToolCall[], finish: string | null, usage: any,
 *   callAt: Map<any, ToolCall>, model: string | null, error: {message: string, code?: string | null, status?: number} | null, stopped: boolean, losses: string[], requestId: string | null,
 *   raw: string, startedAt: number, firstAt: number | null, endedAt: number | null}} Answer times are milliseconds of performance.now()
 */

/** @returns {Answer} */
const newAnswer = () => ({
  text: '', reasoning: '', refusal: '', reasoningDetails: [], toolCalls: [], finish: null, usage: null, model: null, error: null, stopped: false,
  callAt: new Map(), losses: [], requestId: null, raw: '', startedAt: performance.now(), firstAt: null, endedAt: null,
});

/**
 * Never throws: what went wrong is in the response.
 * @param {object} body of the Chat request, with `stream: true`
 * @param {{signal: AbortSignal, strict?: boolean, onChange: (answer: Answer) => void}} options
 * @returns {Promise<Answer>}
 */
export async function runChat(body, { signal, strict = false, onChange }) {
  const answer = newAnswer();
  try {
    const response = await send('v1/chat/completions', { method: 'POST', body: JSON.stringify(body), headers: strict ? { 'x-nano-strict': 'true' } : {}, signal });
    // Signing in again may have taken a while.
    if (response.headers.get('x-nano-loss')) answer.losses.push(response.headers.get('x-nano-loss'));
    answer.requestId = response.headers.get('x-request-id');
    if ((response.headers.get('content-type') ?? '').startsWith('text/event-stream')) await readStream(response, answer, onChange);
    else await readWhole(response, answer);
  } catch (error) {
    if (error.name === 'AbortError' || signal.aborted) answer.stopped = true;
    else if (error instanceof ApiError) {
      answer.error = { message: error.message, code: error.code, status: error.status };
      answer.requestId ??= error.requestId;
      answer.raw ||= error.raw;
    } else answer.error = { message: error.message };
  }
  answer.endedAt = performance.now();
  onChange(answer);
  return answer;
}

async function readStream(response, answer, onChange) {
  let ended = false;
  const parser = sseParser({
    onData(data) {
      if (data === '[DONE]') ended = true;
      else takeChunk(JSON.parse(data), answer);
    },
    onComment(text) {
      if (text.startsWith('x-nano-loss:')) answer.losses = [text.slice('x-nano-loss:'.length).trim()];
    },
  });
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await read(reader, answer);
    if (done) break;
    const text = parser.push(value);
    if (answer.raw.length < MAX_RAW) answer.raw += text;
    onChange(answer);
  }
  parser.end();
  if (!ended && !answer.error) answer.error = { message: 'The response ended before it was complete.', code: 'stream_ended_early' };
}

async function read(reader, answer) {
  try {
    return await reader.read();
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    // The gateway breaks the connection after an error event: the event has the reason.
    if (answer.error) return { done: true };
    throw new ApiError({ status: 0, code: 'connection_lost', message: 'The connection was lost before the response was complete.' });
  }
}

function takeChunk(chunk, answer) {
  if (chunk.error) {
    answer.error = { message: String(chunk.error.message ?? 'The provider reported an error.'), code: chunk.error.code ?? null };
    return;
  }
  if (chunk.usage) answer.usage = chunk.usage;
  if (chunk.model) answer.model = chunk.model;
  const choice = chunk.choices?.[0];
  if (!choice) return;
  if (choice.finish_reason) answer.finish = choice.finish_reason;
  takeMessage(choice.delta ?? {}, answer);
}

async function readWhole(response, answer) {
  answer.raw = (await response.text()).slice(0, MAX_RAW);
  const { choices, usage, model } = JSON.parse(answer.raw);
  answer.usage = usage ?? null;
  answer.model = model ?? null;
  answer.finish = choices[0].finish_reason;
  takeMessage(choices[0].message, answer);
}

/** A delta of a stream, or a whole message: the same members. */
function takeMessage(delta, answer) {
  const before = answer.text.length + answer.reasoning.length + answer.refusal.length + answer.toolCalls.length;
  if (typeof delta.content === 'string') answer.text += delta.content;
  if (typeof delta.refusal === 'string') answer.refusal += delta.refusal;
  const thought = delta.reasoning_content ?? delta.reasoning;
  if (typeof thought === 'string') answer.reasoning += thought;
  // State of the provider, which has to come back on the next turn as it was.
  if (Array.isArray(delta.reasoning_details)) answer.reasoningDetails.push(...delta.reasoning_details);
  for (const [at, piece] of (delta.tool_calls ?? []).entries()) takeCall(answer, piece.index ?? at, piece);
  const after = answer.text.length + answer.reasoning.length + answer.refusal.length + answer.toolCalls.length;
  if (after > before) answer.firstAt ??= performance.now();
}

/** Calls are in the order in which they came: an index names one, and says nothing of how many there are. */
function takeCall(answer, index, piece) {
  let call = answer.callAt.get(index);
  if (!call) {
    if (answer.toolCalls.length >= MAX_CALLS) throw new Error(`The model made more than ${MAX_CALLS} tool calls.`);
    call = { id: '', name: '', arguments: '' };
    answer.callAt.set(index, call);
    answer.toolCalls.push(call);
  }
  if (piece.id) call.id = piece.id;
  if (piece.function?.name) call.name += piece.function.name;
  if (piece.function?.arguments) call.arguments += piece.function.arguments;
}

/** The message as it goes back to the model on the next turn. */
export function asMessage(answer) {
  const calls = answer.toolCalls;
  return {
    role: 'assistant',
    content: answer.text || (calls.length ? null : ''),
    ...(answer.refusal ? { refusal: answer.refusal } : {}),
    ...(answer.reasoningDetails.length ? { reasoning_details: answer.reasoningDetails } : {}),
    ...(calls.length ? { tool_calls: calls.map((call) => ({ id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } })) } : {}),
  };
}
