// A response as it is gathered, independent of the API. Pure.

/** More calls than any model makes at once are rejected. */
const MAX_CALLS = 128;

/**
 * @typedef {{id: string, name: string, arguments: string, isCustom?: boolean}} ToolCall
 * @typedef {{text: string, reasoning: string, refusal: string, toolCalls: ToolCall[], native: any[], finish: string | null, usage: any,
 *   callAt: Map<any, ToolCall>, model: string | null, error: {message: string, code?: string | null, status?: number} | null, stopped: boolean, losses: string[], requestId: string | null,
 *   raw: string, startedAt: number, firstAt: number | null, endedAt: number | null}} Answer
 *   native: what has to be sent back unchanged on the next turn; finish and usage as in OpenAI Chat; times are milliseconds of performance.now()
 */

/** @returns {Answer} */
export const newAnswer = () => ({
  text: '', reasoning: '', refusal: '', native: [], toolCalls: [], finish: null, usage: null, model: null, error: null, stopped: false,
  callAt: new Map(), losses: [], requestId: null, raw: '', startedAt: performance.now(), firstAt: null, endedAt: null,
});

/**
 * Reads a stream of JSON events.
 * @param {(event: any) => void} take
 * @param {(event: any) => boolean} isLast
 */
export function eventReader(take, isLast) {
  let ended = false;
  return {
    ended: () => ended,
    take(data) {
      const event = JSON.parse(data);
      take(event);
      ended ||= isLast(event);
    },
  };
}

/** The amount of content received so far. */
export const sizeOf = (answer) => answer.text.length + answer.reasoning.length + answer.refusal.length + answer.toolCalls.length;

/** Calls in order of arrival: an index identifies a call, not its position. */
export function callOf(answer, index, isCustom = false) {
  let call = answer.callAt.get(index);
  if (!call) {
    if (answer.toolCalls.length >= MAX_CALLS) throw new Error(`The model made more than ${MAX_CALLS} tool calls.`);
    call = { id: '', name: '', arguments: '', ...(isCustom ? { isCustom } : {}) };
    answer.callAt.set(index, call);
    answer.toolCalls.push(call);
  }
  return call;
}

/** @param {any} error as an API's event or body has it */
export const fail = (answer, error) => (answer.error = { message: String(error?.message ?? 'The provider reported an error.'), code: [error?.code, error?.status, error?.type].find((code) => typeof code === 'string') ?? null });

/** Usage in the members of OpenAI Chat. */
export const usageOf = (input, output, cached, reasoning) => ({
  prompt_tokens: input ?? 0, completion_tokens: output ?? 0,
  ...(cached ? { prompt_tokens_details: { cached_tokens: cached } } : {}),
  ...(reasoning ? { completion_tokens_details: { reasoning_tokens: reasoning } } : {}),
});

/** The arguments of a call as an object; a model may have sent something else. */
export function argumentsOf(call) {
  try {
    const value = JSON.parse(call.arguments || '{}');
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : { value };
  } catch {
    return { text: call.arguments };
  }
}

/** The text and the images of a user's message. @returns {({text: string} | {url: string, type: string, data: string})[]} */
export const partsOf = (content) =>
  (typeof content === 'string' ? [{ type: 'text', text: content }] : content).map((part) => {
    if (part.type === 'text') return { text: part.text };
    const [, type, data] = /^data:([^;,]+);base64,(.*)$/s.exec(part.image_url.url) ?? [];
    return { url: part.image_url.url, type, data };
  });
