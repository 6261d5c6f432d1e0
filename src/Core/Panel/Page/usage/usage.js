// Spend over time and by caller, from the ledger of all instances.
import { ApiError, send } from '../api.js';
import { append, field, h } from '../dom.js';
import { count, money, plural, short } from '../format.js';
import { icon } from '../icons.js';
import { readStore, storeProblem } from '../store-problem.js';
import { budgetBars, ranking } from './lists.js';
import { DIMENSIONS, groupsOf, knownCost, MEASURES, periodsOf, RANGES, rangeOf, seriesOf, totalsOf } from './report.js';
import { stackedChart } from './stacked-chart.js';

const LISTS = [['model', 'Models'], ['key', 'Keys'], ['team', 'Teams'], ['user', 'Users']];
const AMOUNTS = { spend: money, tokens: short, requests: count };
const TITLES = { spend: 'Spend', tokens: 'Tokens', requests: 'Requests' };
const dayWords = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** "end user", and "tag app" */
const columnWords = (column) => column.replace(/[_:]/, ' ');

const choice = (pairs, chosen) => h('select', null, pairs.map(([value, label]) => h('option', { value, selected: value === chosen }, label)));

/** "3 Nov", and "3 Nov, 14:00" for an hour */
const periodWords = (period) => `${dayWords.format(new Date(period))}${period.length > 10 ? `, ${period.slice(11, 16)}` : ''}`;

const query = ({ range: { from: first, to: last } }, groups, format = 'json') =>
  `api/usage?from=${new Date(first).toISOString()}&to=${new Date(last).toISOString()}&group_by=${encodeURIComponent(groups.join(','))}&format=${format}`;

/** @param {HTMLElement} section */
export function startUsage(section) {
  const range = choice(RANGES, '30d');
  const from = h('input', { type: 'date' });
  const to = h('input', { type: 'date' });
  const dimension = choice(DIMENSIONS, 'model');
  const tag = h('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', placeholder: 'app' });
  const measure = choice(Object.entries(TITLES), 'spend');
  const [fromField, toField, tagField] = [field('First day', from), field('Last day', to), field('Tag', tag)];
  const refresh = h('button', { type: 'button', class: 'button', on: { click: load } }, icon('retry'), h('span', null, 'Refresh'));
  const download = h('button', { type: 'button', class: 'button', on: { click: saveCsv } }, icon('download'), h('span', null, 'CSV'));
  const state = h('p', { class: 'hint', role: 'status' });
  const totals = h('dl', { class: 'totals' });
  const chart = stackedChart();
  const chartTitle = h('h3');
  const lists = h('div', { class: 'rankings' });
  const budgets = h('div', { class: 'stack' });
  const budgetCard = h('section', { class: 'card' }, h('h3', null, 'Budgets'), budgets);
  const found = h('div', { class: 'stack wide' });
  const body = h('div', { class: 'stack wide' });
  /** @type {{range: any, column: string, rows: any[], lists: any[] | null, isWhole: boolean, isMixed: boolean, names: Map<string, string>} | null} isMixed: of more than one organization */
  let data = null;
  let latest = 0;

  append(section, [
    h('div', { class: 'page-head' }, h('div', null, h('h2', null, 'Usage'), h('p', { class: 'lead' }, 'Requests with virtual keys, from the ledger of all instances. Days are UTC.')), h('div', { class: 'head-buttons' }, refresh, download)),
    h('form', { class: 'usage-filters', on: { submit: (event) => event.preventDefault() } }, field('Time', range), fromField, toField, field('Stacked by', dimension), tagField, field('Measure', measure)),
    state, body,
  ]);
  for (const control of [range, from, to, dimension, tag]) control.addEventListener('change', load);
  measure.addEventListener('change', draw);

  return {
    show() {
      if (!data) load();
    },
  };

  function settle() {
    fromField.hidden = toField.hidden = range.value !== 'custom';
    tagField.hidden = dimension.value !== 'tag';
    const wanted = rangeOf(range.value, { from: from.value, to: to.value });
    if (wanted.problem) return { problem: range.value === 'custom' && !from.value && !to.value ? 'Choose the first and the last day.' : wanted.problem };
    if (dimension.value === 'tag' && !tag.value.trim()) return { problem: 'Enter the name of a tag.' };
    return { range: wanted, column: dimension.value === 'tag' ? `tag:${tag.value.trim()}` : dimension.value };
  }

  async function load() {
    const wanted = settle();
    state.textContent = wanted.problem ?? (data ? 'Loading …' : '');
    // A report that is being loaded is still shown.
    if (wanted.problem) return;
    const mine = ++latest;
    if (!data) body.replaceChildren(h('p', { class: 'loading', role: 'status' }, 'Loading the usage'));
    try {
      // One after the other: each request reads the whole ledger of the period.
      const report = await rowsOf(wanted, [wanted.range.step, ...groupsOf(wanted.column)]);
      const rows = report ?? (await readStore(query(wanted, [wanted.range.step]))).rows;
      const ranks = await rowsOf(wanted, ['organization', 'team', 'user', 'key', 'model']);
      // If one of these fails, the rest stays as it is.
      const limits = await readStore('api/budgets').catch((error) => ({ error }));
      const keys = await readStore('api/keys?limit=1000').catch(() => ({ data: [] }));
      if (mine !== latest) return;
      const all = [...rows, ...(ranks ?? [])];
      const isMixed = new Set(all.map((row) => row.organization).filter(Boolean)).size > 1;
      data = { ...wanted, rows, isWhole: report === null, isMixed, lists: ranks, names: new Map([...all.filter((row) => row.key_name).map((row) => [row.key, row.key_name]), ...keys.data.map((key) => [key.id, key.name])]) };
      // Another report may have been chosen meanwhile that is not complete.
      state.textContent = settle().problem ?? '';
      body.replaceChildren(found);
      budgets.replaceChildren();
      append(budgets, [limits.error ? h('p', { class: 'form-error', role: 'alert' }, icon('warn'), h('span', null, limits.error.message)) : budgetBars(limits.data, limits.has_more)]);
      draw();
    } catch (error) {
      if (mine !== latest) return;
      data = null;
      state.textContent = '';
      body.replaceChildren(storeProblem(error, load));
    }
  }

  /** @returns {Promise<any[] | null>} null when there are more groups than the gateway can sum */
  async function rowsOf(wanted, groups) {
    try {
      return (await readStore(query(wanted, groups))).rows;
    } catch (error) {
      if (error instanceof ApiError && error.status === 400 && error.param === 'group_by' && error.message.includes('rows')) return null;
      throw error;
    }
  }

  /** "web", and "web in acme" if the report has other organizations too */
  function nameOf(column, { value, organization }) {
    const place = organization && data.isMixed ? ` in ${organization}` : '';
    if (value === null || value === '') return column.startsWith('tag:') ? `without ${column.slice(4)}` : `no ${columnWords(column)}${place}`;
    return column === 'key' ? data.names.get(value) || value : `${value}${place}`;
  }

  function draw() {
    if (!data) return;
    const { range: over, column, rows, isWhole } = data;
    const sums = totalsOf(rows);
    const item = (name, value, note) => h('div', null, h('dt', null, name), h('dd', null, value), h('dd', { class: 'hint' }, note));
    const unknown = sums.unpriced_attempts ? `${plural(sums.unpriced_attempts, 'attempt')} of unknown cost ${sums.unpriced_attempts === 1 ? 'is' : 'are'} not in it` : null;
    totals.replaceChildren(
      item('Spend', money(knownCost(sums)), [sums.presumed_usd ? `${money(sums.presumed_usd)} of it presumed` : null, unknown].filter(Boolean).join(', ') || 'as providers reported'),
      item('Reserved', money(sums.reserved_usd), 'for open requests'),
      item('Tokens', count(sums.input_tokens + sums.output_tokens), `${count(sums.input_tokens)} in, ${count(sums.output_tokens)} out`),
      item('Requests', count(sums.requests), sums.requests && !unknown ? `${money(sums.cost_usd / sums.requests)} each` : ''),
    );
    if (!rows.length) {
      found.replaceChildren(totals, h('div', { class: 'empty' }, h('h3', null, 'No usage in this time'), h('p', null, 'Requests with a virtual key appear here. Those with the gateway’s own key are in Activity.')), budgetCard);
      return;
    }
    const periods = periodsOf(over);
    const stacked = seriesOf(rows, { column, step: over.step, periods, measure: MEASURES[measure.value] });
    const title = `${TITLES[measure.value]} by ${isWhole ? over.step : columnWords(column)}`;
    chartTitle.textContent = title;
    chart.show(stacked, { title, periods, words: periodWords, amount: AMOUNTS[measure.value], nameOf: (one) => (one.isRest ? one.value : isWhole ? 'all' : nameOf(column, one)) });
    const own = LISTS.some(([name]) => name === column) ? [] : [[column, column.startsWith('tag:') ? `Tag ${column.slice(4)}` : `${column[0].toUpperCase()}${columnWords(column).slice(1)}s`]];
    lists.replaceChildren(
      ...(isWhole ? [] : own).map(([name, words]) => ranking(rows, { title: words, column: name, nameOf, series: stacked.series })),
      ...(data.lists ? LISTS : []).map(([name, words]) => ranking(data.lists, { title: words, column: name, nameOf, series: name === column ? stacked.series : [] })),
    );
    found.replaceChildren(
      totals,
      h('section', { class: 'card chart' }, h('div', { class: 'row' }, chartTitle), isWhole ? h('p', { class: 'hint' }, `There are too many groups to stack by ${columnWords(column)}: choose a shorter time.`) : legend(stacked.series, column), unknown && measure.value === 'spend' ? h('p', { class: 'hint' }, `${unknown}.`) : null, chart.element),
      budgetCard,
      lists,
    );
  }

  function legend(series, column) {
    return h('p', { class: 'legend' }, series.map((one, at) => h('span', { class: `series-${one.isRest ? 'rest' : at}` }, h('bdi', null, one.isRest ? one.value : nameOf(column, one)))));
  }

  async function saveCsv() {
    const wanted = settle();
    if (wanted.problem) {
      state.textContent = wanted.problem;
      return;
    }
    try {
      const blob = await (await send(query(wanted, [wanted.range.step, ...groupsOf(wanted.column)], 'csv'))).blob();
      const address = URL.createObjectURL(blob);
      const day = (time) => new Date(time).toISOString().slice(0, 10);
      h('a', { href: address, download: `nano-usage-${day(wanted.range.from)}-${day(wanted.range.to - 1)}.csv` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
      state.textContent = 'The report was saved.';
    } catch (error) {
      state.textContent = error.message;
    }
  }
}
