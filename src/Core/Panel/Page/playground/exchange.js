// One response of a model: sends the request, gathers the stream and measures times.
import { ApiError, send } from '../api.js';
import { size } from '../format.js';
import { session } from '../session.js';
import { sseParser } from '../text/sse.js';
import { newAnswer, sizeOf } from './dialects/answer.js';

/** The raw response is kept up to this length, in characters. */
const MAX_RAW = 4_000_000;

/**
 * Never throws: the response contains the error.
 * @param {{dialect: import('./dialects/dialects.js').Dialect, path: string, body: object}} request of a streamed response
 * @param {{signal: AbortSignal, strict?: boolean, onChange: (answer: import('./dialects/answer.js').Answer) => void}} options
 * @returns {Promise<import('./dialects/answer.js').Answer>}
 */
export async function runExchange({ dialect, path, body }, { signal, strict = false, onChange }) {
  const answer = newAnswer();
  try {
    const response = await send(path, { method: 'POST', body: written(body), headers: strict ? { 'x-nano-strict': 'true' } : {}, signal });
    // Signing in again may have taken a while.
    if (response.headers.get('x-nano-loss')) answer.losses.push(response.headers.get('x-nano-loss'));
    answer.requestId = response.headers.get('x-request-id');
    if ((response.headers.get('content-type') ?? '').startsWith('text/event-stream')) await readStream(response, dialect, answer, onChange);
    else await readWhole(response, dialect, answer);
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

/** A host may refuse a body that is too large before the gateway can say why. */
function written(body) {
  const text = JSON.stringify(body);
  const bytes = new Blob([text]).size;
  if (bytes <= session.maxRequestBytes) return text;
  throw new ApiError({
    status: 0, code: 'request_too_large',
    message: `The request would have ${size(bytes)}, and the gateway accepts ${size(session.maxRequestBytes)} (its setting MAX_REQUEST_BYTES). Images are sent again with every message: begin a new conversation, or raise the setting.`,
  });
}

async function readStream(response, dialect, answer, onChange) {
  const events = dialect.reader(answer);
  const parser = sseParser({
    onData(data) {
      const before = sizeOf(answer);
      events.take(data);
      if (sizeOf(answer) > before) answer.firstAt ??= performance.now();
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
  if (!events.ended() && !answer.error) answer.error = { message: 'The response ended before it was complete.', code: 'stream_ended_early' };
}

async function read(reader, answer) {
  try {
    return await reader.read();
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    // The gateway breaks the connection after an error event: the event contains the reason.
    if (answer.error) return { done: true };
    throw new ApiError({ status: 0, code: 'connection_lost', message: 'The connection was lost before the response was complete.' });
  }
}

async function readWhole(response, dialect, answer) {
  answer.raw = (await response.text()).slice(0, MAX_RAW);
  dialect.whole(JSON.parse(answer.raw), answer);
  if (sizeOf(answer)) answer.firstAt = performance.now();
}
