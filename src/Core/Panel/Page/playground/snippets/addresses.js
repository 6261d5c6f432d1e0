import { geminiPath } from '../dialects/gemini.js';

const PATHS = { chat: 'chat/completions', responses: 'responses', messages: 'messages', embeddings: 'embeddings' };

/** The base URL of Anthropic's and Google's clients, which add the version themselves. */
export const originOf = (baseUrl) => baseUrl.replace(/\/v1$/, '');

/** @param {import('./snippets.js').Call} call @returns {string} */
export function addressOf({ api, model, baseUrl, stream }) {
  if (api === 'gemini') return `${originOf(baseUrl)}/${geminiPath(model)}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;
  return `${baseUrl}/${PATHS[api]}`;
}

/** The header in which an API's own clients send the key. */
export const keyHeader = (api) => ({ messages: 'x-api-key', gemini: 'x-goog-api-key' })[api] ?? 'Authorization';

/** The body with the member that asks for a stream, unless the address does. */
export const bodyOf = ({ api, body, stream }) => (stream && api !== 'gemini' ? { ...body, stream: true } : body);

/** Splits the body for Google's SDKs: the method's config has most members of the body and of generationConfig. */
export function geminiConfig({ contents, generationConfig, ...rest }, known) {
  const config = {};
  const others = {};
  for (const [name, value] of Object.entries({ ...rest, ...generationConfig })) (known.has(name) ? config : others)[name] = value;
  const unknown = Object.fromEntries(Object.entries(others).filter(([name]) => name in rest));
  const generation = Object.fromEntries(Object.entries(others).filter(([name]) => !(name in rest)));
  const extra = { ...unknown, ...(Object.keys(generation).length ? { generationConfig: generation } : {}) };
  return { contents, config, extra: Object.keys(extra).length ? extra : null };
}

export const GEMINI_CONFIG = new Set(('systemInstruction tools toolConfig safetySettings cachedContent temperature topP topK maxOutputTokens stopSequences seed candidateCount '
  + 'presencePenalty frequencyPenalty responseMimeType responseSchema responseJsonSchema thinkingConfig').split(' '));
