// Everything of a request except its messages: system text, parameters, tools, response format.
import { append, field, h, uniqueId } from '../dom.js';
import { DIALECTS, dialectOf } from './dialects/dialects.js';
import { problems } from './request.js';

const EXAMPLE_TOOLS = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'The weather of a city now.',
      parameters: { type: 'object', properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } }, required: ['city'] },
    },
  },
];
const EXAMPLE_SCHEMA = {
  type: 'object',
  properties: { title: { type: 'string' }, points: { type: 'array', items: { type: 'string' } } },
  required: ['title', 'points'],
  additionalProperties: false,
};

/**
 * @param {() => void} onChange
 * @returns {{element: HTMLElement, read: () => import('./request.js').Settings, isValid: () => boolean, reveal: () => HTMLElement | null}}
 */
export function settingsForm(onChange) {
  const text = (rows, props) => h('textarea', { rows, spellcheck: 'false', ...props });
  const number = (props) => h('input', { type: 'text', inputmode: 'decimal', autocomplete: 'off', placeholder: 'default', ...props });
  const controls = {
    api: choice(DIALECTS.map((dialect) => [dialect.id, dialect.name])),
    system: text(3, { placeholder: 'You are …', spellcheck: 'true', dir: 'auto' }),
    temperature: number(), topP: number(), maxTokens: number({ inputmode: 'numeric' }), seed: number({ inputmode: 'numeric' }),
    effort: choice([['', 'default'], 'none', 'minimal', 'low', 'medium', 'high', 'xhigh']),
    stop: text(2, { placeholder: 'one per line' }),
    tools: text(6, { class: 'code', placeholder: '[{"type": "function", "function": {…}}]' }),
    toolChoice: choice([['', 'default'], ['auto', 'auto: the model decides'], ['required', 'required: one at least'], ['none', 'none']]),
    format: choice([['', 'text'], ['json_object', 'any JSON object'], ['json_schema', 'JSON by a schema']]),
    schema: text(6, { class: 'code', placeholder: '{"type": "object", …}' }),
    more: text(3, { class: 'code', placeholder: '{"top_logprobs": 3}' }),
    strict: h('input', { type: 'checkbox' }),
  };
  const errors = Object.fromEntries(Object.keys(controls).map((name) => [name, h('p', { class: 'field-error', id: uniqueId('problem') })]));
  const rows = {};
  const row = (name, label, hint) => (rows[name] = field(label, controls[name], { hint: hint && h('p', { class: 'hint' }, hint), error: errors[name] }));
  const schemaField = h('div', { class: 'stack', hidden: true }, row('schema', 'Schema'), example('Insert an example', controls.schema, EXAMPLE_SCHEMA));

  const element = h(
    'form',
    { class: 'settings', 'aria-label': 'Settings of the request', on: { submit: (event) => event.preventDefault() } },
    row('api', 'API'),
    row('system', 'System prompt'),
    group('Parameters', true,
      h('div', { class: 'pair' }, row('temperature', 'Temperature'), row('topP', 'Top p')),
      h('div', { class: 'pair' }, row('maxTokens', 'Max tokens'), row('seed', 'Seed')),
      row('effort', 'Reasoning effort'),
      row('stop', 'Stop sequences'),
    ),
    group('Tools', false, row('tools', 'Tools as JSON'), example('Insert an example', controls.tools, EXAMPLE_TOOLS), row('toolChoice', 'Tool choice')),
    group('Response format', false, row('format', 'Format'), schemaField),
    group('More', false,
      row('more', 'Other members, as JSON', 'Added to the request as they are.'),
      field('Refuse requests that would lose something', controls.strict, { inline: true, hint: h('p', { class: 'hint' }, 'x-nano-strict: a 400 instead of a loss report.') }),
    ),
  );
  element.addEventListener('input', changed);
  element.addEventListener('change', changed);
  return { element, read, isValid: () => check(), reveal };

  function changed() {
    schemaField.hidden = controls.format.value !== 'json_schema';
    // Hide the settings that the API has no member for.
    const { lacks } = dialectOf(controls.api.value);
    for (const [name, element] of Object.entries(rows)) element.hidden = lacks.includes(name);
    check();
    onChange();
  }

  function read() {
    return Object.fromEntries(Object.entries(controls).map(([name, control]) => [name, control.type === 'checkbox' ? control.checked : control.value]));
  }

  function check() {
    const wrong = problems(read());
    for (const [name, control] of Object.entries(controls)) {
      errors[name].textContent = wrong[name] ?? '';
      if (wrong[name]) control.setAttribute('aria-invalid', 'true');
      else control.removeAttribute('aria-invalid');
    }
    return Object.keys(wrong).length === 0;
  }

  /** Opens the group of the first field with a mistake. */
  function reveal() {
    const control = Object.values(controls).find((candidate) => candidate.getAttribute('aria-invalid'));
    const holder = control?.closest('details');
    if (holder) holder.open = true;
    control?.focus();
    return control ?? null;
  }

  function example(label, target, value) {
    const put = () => {
      target.value = JSON.stringify(value, null, 2);
      changed();
      target.focus();
      target.setSelectionRange(0, 0);
      target.scrollTop = 0;
    };
    return h('button', { type: 'button', class: 'button quiet small', on: { click: put } }, label);
  }
}

const choice = (options) => h('select', null, options.map((option) => (Array.isArray(option) ? h('option', { value: option[0] }, option[1]) : h('option', { value: option }, option))));

const group = (title, open, ...children) => append(h('details', { open }), [h('summary', null, title), h('div', { class: 'stack' }, children)]);
