// Recent activity of this instance of the gateway: polled while the page is visible, since an open stream would keep a serverless
// instance awake, and a hidden page needs no data.
import { send, SignedOutError } from '../api.js';
import { append, field, h } from '../dom.js';
import { count, dayAndTime, money, plural } from '../format.js';
import { charts } from './charts.js';
import { requestTable } from './request-table.js';
import { errorsIn, isError } from './series.js';

const EVERY = 2000;
const SLOWEST = 30_000;

/** @param {HTMLElement} section */
export function startActivity(section) {
  /** @type {any[]} oldest first */
  let records = [];
  let instance = null;
  let capacity = 1000;
  let next = 0;
  let timer = 0;
  /** @type {Promise<void> | null} the request that is open */
  let polling = null;
  let inSight = false;
  let failures = 0;
  let shownTotals = '';

  const about = h('p', { class: 'lead' }, 'The last requests of this instance. Prompts and responses are not stored.');
  const state = h('p', { class: 'hint live', role: 'status' });
  const totals = h('dl', { class: 'totals' });
  const graphs = charts();
  const words = h('input', { type: 'search', placeholder: 'model, provider, error, request id', autocomplete: 'off', spellcheck: 'false' });
  const outcome = h('select', null, [['', 'all'], ['ok', 'without errors'], ['failed', 'with errors'], ['lossy', 'with losses']].map(([value, label]) => h('option', { value }, label)));
  const table = requestTable();
  append(section, [
    h('div', { class: 'page-head' }, h('div', null, h('h2', null, 'Activity'), about), state),
    totals,
    graphs.element,
    h('div', { class: 'filters' }, field('Find', words), field('Show', outcome), graphs.windowField),
    table.element,
  ]);
  words.addEventListener('input', showTable);
  outcome.addEventListener('change', showTable);
  graphs.windowField.addEventListener('change', () => graphs.show(records));
  document.addEventListener('visibilitychange', () => (document.hidden ? pause() : inSight && poll(false)));

  return {
    show() {
      inSight = true;
      poll(true);
    },
    hide() {
      inSight = false;
      pause();
    },
  };

  function pause() {
    clearTimeout(timer);
    timer = 0;
  }

  /**
   * One request at a time: two would get the same records, which would then be counted twice.
   * @param {boolean} asked the user asked for it and may be prompted to sign in; otherwise the focus stays where the user types
   */
  function poll(asked) {
    pause();
    polling ??= ask(asked).finally(() => (polling = null));
  }

  async function ask(asked) {
    try {
      let answer;
      do answer = await (await send(`api/activity?after=${next}`, {}, asked)).json();
      while (isIncomplete(answer));
      take(answer);
      failures = 0;
      say('Live');
    } catch (error) {
      failures++;
      if (error.status === 401 || error instanceof SignedOutError) {
        say('', h('span', null, 'Your session has ended.'), h('button', { type: 'button', class: 'button small', on: { click: () => poll(true) } }, 'Sign in'));
        return;
      }
      say('', error.message);
    }
    pause();
    if (inSight && !document.hidden) timer = setTimeout(() => poll(false), Math.min(SLOWEST, EVERY * 2 ** Math.min(failures, 4)));
  }

  function say(live, ...problem) {
    state.classList.toggle('on', Boolean(live));
    if (live && state.textContent === live) return;
    state.replaceChildren(...(live ? [live] : problem));
  }

  /** Another instance responded, or it has restarted: its sequence numbers differ, and its records are asked for from the first one on. */
  function isIncomplete(answer) {
    if (answer.instance === instance) return false;
    const began = instance === null;
    instance = answer.instance;
    records = [];
    if (began || next === 0) return false;
    next = 0;
    return true;
  }

  function take(answer) {
    capacity = answer.capacity;
    next = answer.next;
    const fresh = answer.records;
    if (fresh.length) records = records.concat(fresh).slice(-capacity);
    about.textContent = `The last ${count(capacity)} requests of this instance alone (${answer.instance}), since ${dayAndTime(answer.started_at)}; other instances have their own. Prompts and responses are not stored.`;
    showTotals(answer.totals);
    if (fresh.length || !table.isDrawn()) showTable();
    graphs.show(records);
  }

  function showTotals(sums) {
    // Rows that have not changed stay in the page: the user may be selecting text in them.
    const key = JSON.stringify(sums);
    if (key === shownTotals) return;
    shownTotals = key;
    const item = (name, value, note) => h('div', null, h('dt', null, name), h('dd', null, value), h('dd', { class: 'hint' }, note ?? ''));
    const failed = errorsIn(sums);
    totals.replaceChildren(
      item('Requests', count(sums.requests), `${plural(sums.ok, 'response')} without error`),
      item('Errors', count(failed), sums.caller_gone ? `${plural(sums.caller_gone, 'caller')} left early` : sums.requests ? `${((failed / sums.requests) * 100).toFixed(1)} % of all` : ''),
      item('Tokens', count(sums.input_tokens + sums.output_tokens), `${count(sums.input_tokens)} in, ${count(sums.output_tokens)} out`),
      item('Cost', money(sums.cost_usd), sums.unknown_costs ? `${plural(sums.unknown_costs, 'price')} unknown` : 'by the catalogue'),
      item('Losses', count(sums.with_losses), 'requests with losses'),
    );
  }

  function showTable() {
    const query = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = records.filter((record) => {
      if (outcome.value === 'ok' && record.outcome !== 'ok') return false;
      if (outcome.value === 'failed' && !isError(record)) return false;
      if (outcome.value === 'lossy' && !record.losses) return false;
      if (!query.length) return true;
      const text = `${record.model} ${record.provider} ${record.status} ${record.error} ${record.request_id} ${record.caller} ${record.losses} ${record.alias} ${(record.attempts ?? []).map((attempt) => `${attempt.deployment} ${attempt.outcome}`).join(' ')}`.toLowerCase();
      return query.every((word) => text.includes(word));
    });
    table.show(wanted.reverse(), records.length);
  }
}
