// The same request for a terminal and three languages. User input appears in them only as JSON, so that no
// quote, dollar or backtick of the user is interpreted by the surrounding language.
import { csharp } from './csharp.js';
import { curl } from './curl.js';
import { javascript } from './javascript.js';
import { python } from './python.js';

/**
 * @typedef {{api: string, model: string, body: any, baseUrl: string, stream: boolean, strict: boolean}} Call
 *   baseUrl: the base URL of OpenAI's clients, including /v1
 * @type {Array<{id: string, name: string, write: (call: Call) => string}>}
 */
export const LANGUAGES = [
  { id: 'curl', name: 'curl', write: curl },
  { id: 'python', name: 'Python', write: python },
  { id: 'javascript', name: 'JavaScript', write: javascript },
  { id: 'csharp', name: 'C#', write: csharp },
];
