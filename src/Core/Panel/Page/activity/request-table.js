// The requests, newest first. Only the visible rows are in the page: a thousand cost no more than twenty.
import { openDialog } from '../dialog.js';
import { append, h } from '../dom.js';
import { count, dayAndTime, duration, money, plural, timeOfDay } from '../format.js';
import { icon } from '../icons.js';

const ROW = 37;
const SPARE = 6;
const OUTCOMES = { ok: ['green', 'check', 'ok'], failed: ['red', 'cross', 'failed'], broken: ['red', 'cross', 'broken off'], caller_gone: ['grey', 'minus', 'caller left'], stopped: ['red', 'cross', 'gateway stopped'], open: ['orange', 'spin', 'open'] };
/** Outcomes of attempts that did not fail: nothing waited for them any more. */
const GIVEN_UP = ['cancelled', 'hedge_lost'];

const COLUMNS = [
  { name: 'Time', cell: (r) => timeOfDay(r.time), head: true },
  { name: 'Model', class: 'grow', cell: (r) => [h('bdi', { title: r.model ?? '' }, r.model ?? '–'), r.attempts?.length > 1 ? h('span', { class: 'tag' }, `${r.attempts.length} attempts`) : null] },
  { name: 'Provider', class: 'from-large', cell: (r) => r.provider ?? '–' },
  { name: 'Status', cell: (r) => status(r) },
  { name: 'Latency', class: 'number', cell: (r) => duration(r.latency_ms) },
  { name: 'First token', class: 'number from-medium', cell: (r) => duration(r.first_token_ms) },
  { name: 'In', class: 'number from-medium', cell: (r) => count(r.input_tokens) },
  { name: 'Out', class: 'number from-medium', cell: (r) => count(r.output_tokens) },
  { name: 'Cost', class: 'number from-medium', cell: (r) => money(r.cost_usd) },
  { name: 'Losses', class: 'from-large clip', cell: (r) => h('span', { title: r.losses ?? '' }, r.losses || '–') },
  { name: 'Error', class: 'from-large clip', cell: (r) => h('span', { title: r.error ?? '' }, r.error || '–') },
];

export function requestTable() {
  /** @type {any[]} newest first */
  let rows = [];
  let drawn = false;
  const before = h('tr', { class: 'gap', 'aria-hidden': 'true' }, h('td'));
  const after = h('tr', { class: 'gap', 'aria-hidden': 'true' }, h('td'));
  const body = h('tbody', null, before, after);
  const table = h(
    'table',
    { class: 'requests' },
    h('caption', { class: 'unseen' }, 'Requests, newest first'),
    h('thead', null, h('tr', null, COLUMNS.map((column) => h('th', { scope: 'col', class: column.class }, column.name)), h('th', { scope: 'col' }, h('span', { class: 'unseen' }, 'Details')))),
    body,
  );
  const scroller = h('div', { class: 'request-scroll', tabindex: '0', role: 'group', 'aria-label': 'Requests, newest first' }, table);
  const empty = h('div', { class: 'empty' });
  const element = h('div', { class: 'request-table' }, scroller, empty);
  scroller.addEventListener('scroll', draw, { passive: true });
  new ResizeObserver(draw).observe(scroller);

  return { element, show, isDrawn: () => drawn };

  /** @param {any[]} wanted newest first */
  function show(wanted, all) {
    // A user who has scrolled down keeps the current rows; at the top, new rows appear.
    const top = rows[0];
    const added = top && scroller.scrollTop > ROW ? wanted.findIndex((row) => row.seq === top.seq) : 0;
    rows = wanted;
    drawn = true;
    table.setAttribute('aria-rowcount', String(rows.length + 1));
    scroller.hidden = rows.length === 0;
    empty.hidden = rows.length > 0;
    empty.replaceChildren();
    append(empty, all ? [h('p', null, 'No request matches.')] : [h('h3', null, 'No requests yet'), h('p', null, 'Send one from the playground, or from any client with this base URL: it appears here at once.')]);
    if (added > 0) {
      before.firstChild.style.height = `${scroller.scrollTop + added * ROW}px`;
      scroller.scrollTop += added * ROW;
    }
    draw();
  }

  function draw() {
    const first = Math.max(0, Math.floor(scroller.scrollTop / ROW) - SPARE);
    const last = Math.min(rows.length, first + Math.ceil((scroller.clientHeight || 500) / ROW) + 2 * SPARE);
    const focused = body.contains(document.activeElement) ? document.activeElement.closest('tr')?.dataset.seq : null;
    const old = new Map([...body.querySelectorAll('tr[data-seq]')].map((row) => [row.dataset.seq, row]));
    const shown = rows.slice(first, last).map((record, index) => {
      const row = old.get(String(record.seq)) ?? line(record);
      row.setAttribute('aria-rowindex', String(first + index + 2));
      return row;
    });
    before.firstChild.style.height = `${first * ROW}px`;
    after.firstChild.style.height = `${(rows.length - last) * ROW}px`;
    body.replaceChildren(before, ...shown, after);
    if (focused) body.querySelector(`tr[data-seq="${focused}"] button`)?.focus({ preventScroll: true });
  }
}

function line(record) {
  const cells = COLUMNS.map((column) => h(column.head ? 'th' : 'td', { class: column.class, scope: column.head ? 'row' : null }, column.cell(record)));
  const button = h('button', { type: 'button', class: 'icon-button small', 'aria-label': `Details of the request at ${timeOfDay(record.time)}`, on: { click: () => openDetails(record) } }, icon('raw'));
  return h('tr', { data: { seq: String(record.seq) } }, cells, h('td', null, button));
}

function status(record) {
  const [colour, sign, word] = OUTCOMES[record.outcome] ?? OUTCOMES.open;
  return h('span', { class: `light ${colour}`, title: word }, icon(sign), record.status ? String(record.status) : word, h('span', { class: 'unseen' }, ` ${word}`));
}

function openDetails(record) {
  const fact = (name, value) => (value === null || value === undefined || value === '' ? null : h('div', null, h('dt', null, name), h('dd', { dir: 'auto' }, value)));
  openDialog(
    'Request',
    {},
    h(
      'dl',
      { class: 'facts' },
      fact('Time', `${dayAndTime(record.time)} (${timeOfDay(record.time)})`),
      fact('Request id', h('code', null, record.request_id ?? '–')),
      fact('Model', record.model),
      fact('Provider', [record.provider ?? '–', record.dialect ? ` (${record.dialect})` : '', record.stream ? ', streamed' : ', whole']),
      fact('Outcome', status(record)),
      fact('Latency', duration(record.latency_ms)),
      fact('First token', record.first_token_ms == null ? null : duration(record.first_token_ms)),
      fact('Overhead', typeof record.overhead_us === 'number' ? duration(record.overhead_us / 1000) : null),
      fact('Trace id', record.trace_id ? h('code', null, record.trace_id) : null),
      fact('Input', record.input_tokens == null ? null : `${plural(record.input_tokens, 'token')}${record.cache_read_tokens ? `, ${count(record.cache_read_tokens)} of them cached` : ''}`),
      fact('Output', record.output_tokens == null ? null : `${plural(record.output_tokens, 'token')}${record.reasoning_tokens ? `, ${count(record.reasoning_tokens)} of them reasoning` : ''}`),
      fact('Cost', record.cost_usd == null ? null : money(record.cost_usd)),
      fact('Losses', record.losses),
      fact('Error', record.error),
      fact('Alias', record.alias),
      fact('Caller', record.caller === 'owner' ? 'the gateway’s key' : record.caller),
    ),
    record.attempts?.length ? [h('h3', null, record.attempts.length > 1 ? 'Attempts' : 'Attempt'), h('ol', { class: 'attempts' }, record.attempts.map(attemptLine))] : null,
    record.skipped?.length ? [h('h3', null, 'Skipped'), h('ul', { class: 'attempts' }, record.skipped.map(skippedLine))] : null,
  );
}

/** A target of the route plan that got no attempt, and why. */
function skippedLine(target) {
  return h('li', null, h('bdi', { class: 'mono' }, target.deployment), h('span', { class: 'hint' }, target.reason.replaceAll('_', ' ')));
}

/** One attempt at a deployment: its outcome and its duration. */
function attemptLine(attempt) {
  const [colour, sign] = attempt.outcome === 'ok' ? OUTCOMES.ok : GIVEN_UP.includes(attempt.outcome) ? OUTCOMES.caller_gone : OUTCOMES.failed;
  const error = attempt.error && attempt.error !== attempt.outcome ? attempt.error : null;
  return h(
    'li',
    null,
    h('bdi', { class: 'mono' }, attempt.deployment),
    h('span', { class: `light ${colour}` }, icon(sign), attempt.outcome.replaceAll('_', ' ')),
    h('span', { class: 'hint' }, [duration(attempt.duration_ms), attempt.sends > 1 ? `sent ${attempt.sends} times` : null, error].filter(Boolean).join(' · ')),
  );
}
