// The APIs that the playground speaks. A conversation is kept independent of them, so that the API can change in the middle.
import { chat } from './chat.js';
import { gemini } from './gemini.js';
import { messages } from './messages.js';
import { responses } from './responses.js';

/**
 * @typedef {{role: 'user', content: string | object[]} | {role: 'tool', results: {id: string, name: string, content: string, isCustom?: boolean}[]}
 *   | {role: 'assistant', api: string, native: any[], text: string, refusal: string, toolCalls: import('./answer.js').ToolCall[]}} Turn
 *   a user's content is a string, or parts as in OpenAI Chat
 * @typedef {{id: string, name: string, lacks: string[], path: (model: string) => string,
 *   body: (model: string, turns: Turn[], read: ReturnType<typeof import('../request.js').readSettings>) => any,
 *   streamed: (body: any) => any, reader: (answer: import('./answer.js').Answer) => {take: (data: string) => void, ended: () => boolean},
 *   whole: (json: any, answer: import('./answer.js').Answer) => void}} Dialect
 *   lacks: the settings that it has no member for; path: the address of a streamed request
 */

/** @type {Dialect[]} */
export const DIALECTS = [chat, responses, messages, gemini];

export const dialectOf = (id) => DIALECTS.find((dialect) => dialect.id === id) ?? chat;

/**
 * A response as a turn of the conversation. If it was stopped, only its text remains: calls may lack arguments, get no results, and are also among the
 * native parts.
 * @returns {Turn | null} null if nothing was received
 */
export function turnOf(dialect, { native, text, refusal, toolCalls, stopped }) {
  const kept = stopped ? { native: [], toolCalls: [] } : { native, toolCalls };
  return text || refusal || kept.toolCalls.length ? { role: 'assistant', api: dialect.id, ...kept, text, refusal } : null;
}
