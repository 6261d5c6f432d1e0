// The Chat request that the playground's state means. What is left empty is not sent: the provider's own default holds.

/**
 * @typedef {{system: string, temperature: string, topP: string, maxTokens: string, effort: string, seed: string, stop: string,
 *   tools: string, toolChoice: string, format: string, schema: string, more: string, strict: boolean}} Settings as they were typed
 */

/**
 * @param {string} model
 * @param {object[]} messages
 * @param {Settings} settings valid ones, see problems()
 */
export function chatRequest(model, messages, settings) {
  const request = { model, messages: settings.system.trim() ? [{ role: 'system', content: settings.system }, ...messages] : messages };
  const number = (name, text) => {
    if (text.trim() !== '') request[name] = Number(text);
  };
  number('temperature', settings.temperature);
  number('top_p', settings.topP);
  number('max_completion_tokens', settings.maxTokens);
  if (settings.effort) request.reasoning_effort = settings.effort;
  number('seed', settings.seed);
  const stop = stops(settings.stop);
  if (stop.length) request.stop = stop;
  if (settings.tools.trim()) {
    request.tools = readTools(settings.tools);
    if (settings.toolChoice) request.tool_choice = settings.toolChoice;
  }
  if (settings.format === 'json_object') request.response_format = { type: 'json_object' };
  if (settings.format === 'json_schema') request.response_format = { type: 'json_schema', json_schema: namedSchema(JSON.parse(settings.schema)) };
  if (settings.more.trim()) Object.assign(request, JSON.parse(settings.more));
  return request;
}

/** As it is sent by the page: streamed, with usage. */
export const streamed = (request) => ({ ...request, stream: true, stream_options: { include_usage: true } });

/** @param {string} text one per line */
export const stops = (text) => text.split('\n').filter((line) => line !== '').map((line) => line.replaceAll('\\n', '\n'));

/** What was pasted may be the tool list, one tool, or bare functions as other dialects write them. */
function readTools(text) {
  const list = [JSON.parse(text)].flat();
  return list.map((tool) => {
    if (tool.type || tool.function) return tool;
    const { input_schema: schema, ...rest } = tool;
    return { type: 'function', function: schema ? { ...rest, parameters: schema } : rest };
  });
}

/** A bare schema gets the frame that the API wants. */
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
        if ((tool.type ?? 'function') === 'function' && typeof (tool.function?.name ?? tool.name) !== 'string') return `Tool ${at + 1} has no name.`;
      }
      return null;
    });
  }
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
