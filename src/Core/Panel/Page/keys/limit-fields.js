// The fields for limits, which keys and policies share.
import { append, field, h } from '../dom.js';
import { icon } from '../icons.js';
import { windowWords } from './limits.js';

const MOST_BUDGETS = 8;

/** @param {any} [limits] of an existing key or policy */
export function limitControls(limits) {
  const number = (name, placeholder = 'no limit') => h('input', { type: 'text', inputmode: 'numeric', autocomplete: 'off', placeholder, value: limits?.[name] ? String(limits[name]) : '' });
  return {
    models: h('textarea', { rows: 2, class: 'code', spellcheck: 'false', placeholder: 'all models', value: (limits?.models ?? []).join('\n') }),
    budgets: budgetRows(limits?.budgets ?? []),
    requests_per_minute: number('requests_per_minute'),
    tokens_per_minute: number('tokens_per_minute'),
    max_concurrency: number('max_concurrency'),
    default_output_tokens: number('default_output_tokens', 'the model’s maximum'),
  };
}

export const limitRows = ({ row, error }, controls) => [
  row('models', 'Models', ['One pattern per line, such as ', h('code', null, 'openai/*'), '.']),
  h('fieldset', { class: 'stack tight' }, h('legend', null, 'Budgets'), controls.budgets, error('budgets')),
  h('div', { class: 'pair' }, row('requests_per_minute', 'Requests per minute'), row('tokens_per_minute', 'Tokens per minute')),
  h('div', { class: 'pair' }, row('max_concurrency', 'Requests at once'), row('default_output_tokens', 'Output tokens to reserve', 'for requests without a limit of their own')),
];

/** The typed values by member name. */
export const valuesOf = (controls) => Object.fromEntries(Object.entries(controls).map(([name, control]) => [name, control.read?.() ?? (control.type === 'checkbox' ? control.checked : control.value)]));

function budgetRows(budgets) {
  const rows = h('div', { class: 'stack tight' });
  const add = h('button', { type: 'button', class: 'button quiet small', on: { click: () => put({ usd: '', window: 'month', time_zone: '' }, true) } }, icon('plus'), h('span', null, 'Add a budget'));
  const element = h('div', { class: 'stack tight' }, rows, add);
  element.read = () => [...rows.children].map((row) => row.read());
  budgets.forEach((budget) => put({ ...budget, usd: String(budget.usd) }, false));
  return element;

  function put(budget, focus) {
    const usd = h('input', { type: 'text', inputmode: 'decimal', autocomplete: 'off', value: budget.usd });
    const window = h('select', { value: budget.window }, ['day', 'week', 'month', 'total'].map((name) => h('option', { value: name, selected: name === budget.window }, windowWords(name))));
    const zone = h('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', placeholder: 'UTC', value: budget.time_zone === 'UTC' ? '' : budget.time_zone });
    const remove = h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Remove this budget', title: 'Remove this budget', on: { click: take } }, icon('cross'));
    const row = append(h('div', { class: 'budget-row' }), [field('USD', usd), field('Window', window), field('Time zone', zone), remove]);
    row.read = () => ({ usd: usd.value, window: window.value, time_zone: zone.value });
    rows.append(row);
    add.hidden = rows.children.length >= MOST_BUDGETS;
    if (focus) usd.focus();

    function take() {
      row.remove();
      add.hidden = false;
      add.focus();
    }
  }
}
