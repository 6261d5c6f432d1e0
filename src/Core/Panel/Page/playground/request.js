// Builds the request from the playground's state, in the selected API. Empty fields are not sent: the provider's defaults apply.

import { dialectOf } from './dialects/dialects.js';

/**
 * @typedef {{api: string, system: string, temperature: string, topP: string, maxTokens: string, effort: string, seed: string, stop: string,
 *   tools: string, toolChoice: string, format: string, schema: string, more: string, strict: boolean}} Settings as they were typed
 */

/** @param {Settings} settings valid ones, see problems() */
export function readSettings(settings) {
  const number = (text) => (text.trim() === '' ? null : Number(text));
  return {
    system: settings.system.trim() ? settings.system : null,
    temperature: number(settings.temperature), topP: number(settings.topP), maxTokens: number(settings.maxTokens), seed: number(settings.seed),
    effort: settings.effort, stop: stops(settings.stop),
    tools: settings.tools.trim() ? readTools(settings.tools) : [], toolChoice: settings.toolChoice,
    format: !settings.format ? null : { type: settings.format, named: settings.format === 'json_schema' ? namedSchema(JSON.parse(settings.schema)) : null },
    more: settings.more.trim() ? JSON.parse(settings.more) : {},
  };
}

/**
 * @param {import('./models.js').Model | undefined} model with its data from the catalogue
 * @param {string} id
 * @param {import('./dialects/dialects.js').Turn[]} turns
 * @param {Settings} settings valid ones
 * @returns {{dialect: import('./dialects/dialects.js').Dialect, model: string, body: any, strict: boolean}}
 */
export function buildRequest(model, id, turns, settings) {
  const dialect = dialectOf(settings.api);
  const reasons = model?.capabilities?.includes('reasoning') ?? false;
  return { dialect, model: id, body: dialect.body(id, turns, { ...readSettings(settings), reasons }), strict: settings.strict };
}

/** @param {string} text one value per line */
export const stops = (text) => text.split('\n').filter((line) => line !== '').map((line) => line.replaceAll('\\n', '\n'));

/**
 * The pasted text may be a list of tools, one tool, or bare functions, in the format of any of the APIs.
 * @returns {{function: {name: string, description?: string, parameters?: object, strict?: boolean} | null, raw: any}[]} null: a tool of a provider
 */
function readTools(text) {
  return [JSON.parse(text)].flat().flatMap((tool) => tool.functionDeclarations?.map((declared) => ({ function: functionOf(declared), raw: declared })) ?? [{ function: isFunction(tool) ? functionOf(tool.function ?? tool) : null, raw: tool }]);
}

const isFunction = (tool) => tool.function !== undefined || (tool.name !== undefined && ((tool.type ?? 'function') === 'function' || tool.input_schema !== undefined));

function functionOf({ type, input_schema: schema, parametersJsonSchema: json, ...rest }) {
  const parameters = rest.parameters ?? schema ?? json;
  return { ...rest, ...(parameters ? { parameters } : {}) };
}

/** Wraps a bare schema as the API requires. */
const namedSchema = (value) => (value.schema ? { name: 'answer', ...value } : { name: 'answer', strict: true, schema: value });

/**
 * @param {Settings} settings
 * @returns {Partial<Record<keyof Settings, string>>} what is wrong, by field
 */
export function problems(settings) {
  const wrong = {};
  range('temperature', settings.temperature, 0, 2);
  range('topP', settings.topP, 0, 1);
  whole('maxTokens', settings.maxTokens, 1);
  whole('seed', settings.seed, Number.MIN_SAFE_INTEGER);
  if (settings.tools.trim()) {
    json('tools', settings.tools, (value) => {
      const tools = [value].flat();
      if (!tools.length) return 'The list is empty.';
      for (const [at, tool] of tools.entries()) {
        if (tool === null || typeof tool !== 'object') return `Tool ${at + 1} is not an object.`;
        if (!tool.functionDeclarations && (tool.type ?? 'function') === 'function' && typeof (tool.function?.name ?? tool.name) !== 'string') return `Tool ${at + 1} has no name.`;
      }
      return null;
    });
  }
  if (settings.format === 'json_object' && settings.api === 'messages') wrong.format = 'This API takes a schema only.';
  if (settings.format === 'json_schema') {
    if (!settings.schema.trim()) wrong.schema = 'Enter the JSON schema of the response.';
    else json('schema', settings.schema, (value) => (isObject(value) ? null : 'A schema is an object.'));
  }
  if (settings.more.trim()) json('more', settings.more, (value) => (isObject(value) ? null : 'Write an object: {"member": value}.'));
  return wrong;

  function range(name, text, least, most) {
    const value = Number(text);
    if (text.trim() !== '' && !(value >= least && value <= most)) wrong[name] = `From ${least} to ${most}.`;
  }
  function whole(name, text, least) {
    if (text.trim() !== '' && !(Number.isSafeInteger(Number(text)) && Number(text) >= least)) wrong[name] = least === 1 ? 'A whole number of at least 1.' : 'A whole number.';
  }
  function json(name, text, check) {
    try {
      const problem = check(JSON.parse(text));
      if (problem) wrong[name] = problem;
    } catch (error) {
      wrong[name] = `Not JSON: ${error.message}`;
    }
  }
}

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
