// The most expensive models, keys, teams and users, and how much of each budget is used.
import { append, h } from '../dom.js';
import { count, dayAndTime, money, plural, short } from '../format.js';
import { budgetWords } from '../keys/limits.js';
import { fillOf, knownCost, listOf, sameGroup } from './report.js';
import { seriesClass } from './stacked-chart.js';

const MOST = 10;

const bar = (share, className = '') => {
  const fill = h('span', { class: className });
  fill.style.width = `${Math.min(100, share * 100).toFixed(2)}%`;
  return fill;
};

/** Shows the first items, and all of them on request. */
function foldable(items, draw) {
  const list = h('ol', { class: 'ranking' }, items.slice(0, MOST).map(draw));
  if (items.length <= MOST) return list;
  const button = h('button', { type: 'button', class: 'button quiet small', on: { click: all } }, `Show all ${count(items.length)}`);
  return [list, button];

  function all() {
    button.remove();
    append(list, items.slice(MOST).map(draw));
    list.tabIndex = -1;
    list.focus();
  }
}

/**
 * @param {any[]} rows
 * @param {{title: string, column: string, nameOf: (column: string, group: {value: string | null, organization?: string | null}) => string, series?: any[]}} options
 *   series: the series of the chart, whose colours are used
 */
export function ranking(rows, { title, column, nameOf, series = [] }) {
  const items = listOf(rows, column);
  const most = Math.max(1e-12, ...items.map((item) => item.cost_usd));
  const line = (item) => {
    const at = series.findIndex((one) => !one.isRest && sameGroup(one, item));
    const colour = at >= 0 ? seriesClass(at) : series.length ? seriesClass(0, true) : '';
    return h(
      'li',
      null,
      h('span', { class: 'rank-name' }, series.length ? h('i', { class: `swatch ${colour}`, 'aria-hidden': 'true' }) : null, h('bdi', null, nameOf(column, item))),
      h('span', { class: 'rank-value' }, money(knownCost(item))),
      h('span', { class: 'meter', 'aria-hidden': 'true' }, bar(item.cost_usd / most, colour)),
      h('span', { class: 'rank-note' }, `${short(item.input_tokens)} tokens in, ${short(item.output_tokens)} out${item.unpriced_attempts ? `, ${plural(item.unpriced_attempts, 'attempt')} of unknown cost` : ''}`),
    );
  };
  return h('section', { class: 'card ranking-card' }, h('h3', null, title), foldable(items, line));
}

/** @param {any[]} budgets as returned by GET /api/budgets */
export function budgetBars(budgets, hasMore) {
  if (!budgets.length) return h('p', { class: 'hint' }, 'No key or policy has a budget.');
  const sorted = budgets.map((budget) => ({ budget, ...fillOf(budget) })).sort((a, b) => b.share - a.share);
  const line = ({ budget, share, colour }) => h(
    'li',
    null,
    h('span', { class: 'rank-name' }, h('bdi', null, ownerWords(budget)), h('span', { class: 'hint' }, budgetWords(budget))),
    h('span', { class: `rank-value ${colour === 'green' ? '' : `${colour}-text`}` }, `${Math.floor(share * 100)} %`),
    h('span', { class: `meter ${colour}-meter`, 'aria-hidden': 'true' }, bar(budget.spent_usd / budget.usd), bar(budget.reserved_usd / budget.usd, 'reserved')),
    h('span', { class: 'rank-note' }, [`${money(budget.spent_usd)} spent`, budget.reserved_usd ? `${money(budget.reserved_usd)} reserved` : null, `${money(budget.left_usd)} left`, budget.to ? `renews ${dayAndTime(budget.to)}` : null].filter(Boolean).join(', ')),
  );
  return [foldable(sorted, line), hasMore ? h('p', { class: 'hint' }, `The first ${count(budgets.length)} budgets; there are more.`) : null];
}

/** "key ci in acme", "team web in acme", "acme" */
function ownerWords(budget) {
  if (budget.key) return `key ${budget.name || budget.key} in ${budget.organization}`;
  return budget.scope === 'organization' ? budget.organization : `${budget.scope.replace(':', ' ')} in ${budget.organization}`;
}
