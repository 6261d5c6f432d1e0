import { argumentsOf, callOf, eventReader, fail, partsOf, usageOf } from './answer.js';

const FINISHES = { STOP: 'stop', MAX_TOKENS: 'length' };
const MODES = { auto: 'AUTO', required: 'ANY', none: 'NONE' };
const LEVELS = { xhigh: 'high' };

export const geminiPath = (model) => `v1beta/models/${model.split('/').map(encodeURIComponent).join('/')}`;

/** @type {import('./dialects.js').Dialect} */
export const gemini = {
  id: 'gemini', name: 'Gemini', lacks: [],
  path: (model) => `${geminiPath(model)}:streamGenerateContent?alt=sse`,

  body(_, turns, { system, temperature, topP, maxTokens, effort, seed, stop, tools, toolChoice, format, more }) {
    const body = { ...(system ? { systemInstruction: { parts: [{ text: system }] } } : {}), contents: turns.map(contentOf) };
    const config = {};
    if (temperature !== null) config.temperature = temperature;
    if (topP !== null) config.topP = topP;
    if (maxTokens !== null) config.maxOutputTokens = maxTokens;
    if (seed !== null) config.seed = seed;
    if (stop.length) config.stopSequences = stop;
    if (effort) config.thinkingConfig = effort === 'none' ? { thinkingBudget: 0 } : { includeThoughts: true, thinkingLevel: LEVELS[effort] ?? effort };
    if (format) config.responseMimeType = 'application/json';
    if (format?.type === 'json_schema') config.responseJsonSchema = format.named.schema;
    const { generationConfig, ...rest } = more;
    if (Object.keys({ ...config, ...generationConfig }).length) body.generationConfig = { ...config, ...generationConfig };
    const functions = tools.filter((tool) => tool.function).map(({ function: { name, description, parameters } }) => ({ name, ...(description ? { description } : {}), ...(parameters ? { parametersJsonSchema: parameters } : {}) }));
    if (tools.length) body.tools = [...(functions.length ? [{ functionDeclarations: functions }] : []), ...tools.filter((tool) => !tool.function).map((tool) => tool.raw)];
    if (tools.length && toolChoice) body.toolConfig = { functionCallingConfig: { mode: MODES[toolChoice] } };
    return { ...body, ...rest };
  },

  streamed: (body) => body,

  reader: (answer) => eventReader((chunk) => takeChunk(chunk, answer), (chunk) => Boolean(chunk.candidates?.[0]?.finishReason ?? chunk.promptFeedback?.blockReason)),

  whole: (response, answer) => takeChunk(response, answer),
};

function takeChunk(chunk, answer) {
  if (chunk.error) {
    fail(answer, chunk.error);
    return;
  }
  if (chunk.modelVersion) answer.model = chunk.modelVersion;
  const used = chunk.usageMetadata;
  if (used) answer.usage = usageOf(used.promptTokenCount, (used.candidatesTokenCount ?? 0) + (used.thoughtsTokenCount ?? 0), used.cachedContentTokenCount, used.thoughtsTokenCount);
  if (chunk.promptFeedback?.blockReason) answer.finish = 'content_filter';
  const candidate = chunk.candidates?.[0];
  for (const part of candidate?.content?.parts ?? []) takePart(part, answer);
  if (candidate?.finishReason) answer.finish = answer.toolCalls.length ? 'tool_calls' : FINISHES[candidate.finishReason] ?? 'content_filter';
}

function takePart(part, answer) {
  // An empty part: a keep-alive.
  if (part.thought && Object.keys(part).length === 1) return;
  if (typeof part.text === 'string') {
    if (part.thought) answer.reasoning += part.text;
    else answer.text += part.text;
  }
  if (part.functionCall) {
    const call = callOf(answer, answer.toolCalls.length);
    Object.assign(call, { id: part.functionCall.id ?? '', name: part.functionCall.name, arguments: JSON.stringify(part.functionCall.args ?? {}) });
  }
  // Pieces of one text are joined into one part, unless the provider signed one of them.
  const last = answer.native.at(-1);
  const isPlain = (one) => one && Object.keys(one).every((name) => name === 'text' || name === 'thought');
  if (isPlain(last) && isPlain(part) && Boolean(last.thought) === Boolean(part.thought)) last.text += part.text;
  else answer.native.push({ ...part });
}

function contentOf(turn) {
  if (turn.role === 'user') return { role: 'user', parts: partsOf(turn.content).map((part) => (part.url ? { inlineData: { mimeType: part.type, data: part.data } } : { text: part.text })) };
  if (turn.role === 'tool') return { role: 'user', parts: turn.results.map((result) => ({ functionResponse: { ...(result.id ? { id: result.id } : {}), name: result.name, response: responseOf(result.content) } })) };
  // Reasoning without a signature is not sent back.
  const own = turn.api === 'gemini' ? turn.native.filter((part) => !part.thought || part.thoughtSignature) : [];
  if (own.length) return { role: 'model', parts: own };
  const text = turn.text || turn.refusal;
  return { role: 'model', parts: [...(text ? [{ text }] : []), ...turn.toolCalls.map((call) => ({ functionCall: { ...(call.id ? { id: call.id } : {}), name: call.name, args: argumentsOf(call) } }))] };
}

/** The API requires an object. */
function responseOf(text) {
  try {
    const value = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value;
  } catch {
    // Plain text.
  }
  return { result: text };
}
