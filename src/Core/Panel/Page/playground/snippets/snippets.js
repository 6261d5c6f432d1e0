// The same request for a terminal and three languages. What a person wrote is in them as JSON and nowhere else, so that no
// quote, dollar or backtick of theirs means anything to the language around it.
import { csharp } from './csharp.js';
import { curl } from './curl.js';
import { javascript } from './javascript.js';
import { python } from './python.js';

/**
 * @typedef {{api: string, model: string, body: any, baseUrl: string, stream: boolean, strict: boolean}} Call
 *   baseUrl: that of OpenAI's clients, with its /v1
 * @type {Array<{id: string, name: string, write: (call: Call) => string}>}
 */
export const LANGUAGES = [
  { id: 'curl', name: 'curl', write: curl },
  { id: 'python', name: 'Python', write: python },
  { id: 'javascript', name: 'JavaScript', write: javascript },
  { id: 'csharp', name: 'C#', write: csharp },
];
