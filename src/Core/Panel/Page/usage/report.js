// Rows of the usage report as series over time and as lists. Pure: times are milliseconds since 1970, days are UTC.

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Further series are summed into one at the end. */
const MOST_SERIES = 7;
const MOST_DAYS = 400;

export const RANGES = [['24h', '24 hours'], ['7d', '7 days'], ['30d', '30 days'], ['90d', '90 days'], ['month', 'this month'], ['last', 'last month'], ['custom', 'from … to …']];
export const DIMENSIONS = [['model', 'model'], ['provider', 'provider'], ['key', 'key'], ['user', 'user'], ['end_user', 'end user'], ['team', 'team'], ['organization', 'organization'], ['tag', 'tag …']];
export const MEASURES = { spend: (row) => row.cost_usd, tokens: (row) => row.input_tokens + row.output_tokens, requests: (row) => row.requests };

/**
 * @param {string} name one of RANGES
 * @param {{from?: string, to?: string, now?: number}} options days for `custom`, as 2026-11-30
 * @returns {{from: number, to: number, step: 'hour' | 'day'} | {problem: string}}
 */
export function rangeOf(name, { from: first = '', to: last = '', now = Date.now() } = {}) {
  const today = Math.floor(now / DAY) * DAY;
  const month = (offset) => {
    const date = new Date(now);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset, 1);
  };
  if (name === '24h') {
    const to = Math.floor(now / HOUR) * HOUR + HOUR;
    return { from: to - DAY, to, step: 'hour' };
  }
  if (name === 'month') return { from: month(0), to: today + DAY, step: 'day' };
  if (name === 'last') return { from: month(-1), to: month(0), step: 'day' };
  if (name !== 'custom') return { from: today + DAY - Number.parseInt(name, 10) * DAY, to: today + DAY, step: 'day' };
  const [from, to] = [Date.parse(`${first}T00:00Z`), Date.parse(`${last}T00:00Z`) + DAY];
  if (!Number.isFinite(from) || !Number.isFinite(to)) return { problem: 'Enter both days.' };
  if (from >= to) return { problem: 'The last day is before the first.' };
  if (to - from > MOST_DAYS * DAY) return { problem: `At most ${MOST_DAYS} days.` };
  return { from, to, step: to - from <= 2 * DAY ? 'hour' : 'day' };
}

/** @returns {string[]} the names of the periods in the report's format */
export function periodsOf({ from, to, step }) {
  const names = [];
  for (let at = from; at < to; at += step === 'hour' ? HOUR : DAY) {
    const text = new Date(at).toISOString();
    names.push(step === 'hour' ? `${text.slice(0, 13)}:00Z` : text.slice(0, 10));
  }
  return names;
}

/** What the gateway groups by for a column. Teams and users of different organizations can have the same name. */
export const groupsOf = (column) => (column === 'team' || column === 'user' ? ['organization', column] : [column]);

/** Which group of a column a row is in, or an entry of `seriesOf` and `listOf`. */
export const sameGroup = (one, other) => one.value === other.value && one.organization === other.organization;

const groupOf = (row, column) => ({ value: row[column] ?? null, ...(groupsOf(column).length > 1 ? { organization: row.organization ?? null } : {}) });

/**
 * @param {any[]} rows grouped by the step and the groups of the column
 * @param {{column: string, step: string, periods: string[], measure: (row: any) => number}} options
 * @returns {{series: {value: string | null, organization?: string | null, isRest?: boolean, total: number, amounts: number[]}[], total: number, highest: number}}
 *   the largest first; the organization of a team or a user
 */
export function seriesOf(rows, { column, step, periods, measure }) {
  const at = new Map(periods.map((name, index) => [name, index]));
  const found = new Map();
  for (const row of rows) {
    const period = at.get(row[step]);
    if (period === undefined) continue;
    const group = groupOf(row, column);
    const key = JSON.stringify(group);
    let one = found.get(key);
    if (!one) found.set(key, (one = { ...group, total: 0, amounts: new Array(periods.length).fill(0) }));
    one.amounts[period] += measure(row);
    one.total += measure(row);
  }
  const all = [...found.values()].filter((one) => one.total > 0).sort((a, b) => b.total - a.total);
  const series = all.slice(0, MOST_SERIES);
  const others = all.slice(MOST_SERIES);
  if (others.length) series.push({ value: `${others.length} more`, isRest: true, total: others.reduce((sum, one) => sum + one.total, 0), amounts: periods.map((_, index) => others.reduce((sum, one) => sum + one.amounts[index], 0)) });
  const stacks = periods.map((_, index) => series.reduce((sum, one) => sum + one.amounts[index], 0));
  return { series, total: stacks.reduce((sum, amount) => sum + amount, 0), highest: Math.max(0, ...stacks) };
}

const SUMS = ['requests', 'input_tokens', 'output_tokens', 'cost_usd', 'presumed_usd', 'reserved_usd', 'unpriced_attempts'];

/** @returns {Record<string, number>} */
export const totalsOf = (rows) => Object.fromEntries(SUMS.map((name) => [name, rows.reduce((sum, row) => sum + (row[name] ?? 0), 0)]));

/** In USD; null if it is not known for any attempt. */
export const knownCost = (sums) => (sums.cost_usd === 0 && sums.unpriced_attempts > 0 ? null : sums.cost_usd);

/** @returns {({value: string | null, organization?: string | null} & Record<string, number>)[]} sums by the values of a column, the most expensive first */
export function listOf(rows, column) {
  const found = new Map();
  for (const row of rows) {
    const group = groupOf(row, column);
    const key = JSON.stringify(group);
    if (!found.has(key)) found.set(key, { group, members: [] });
    found.get(key).members.push(row);
  }
  return [...found.values()].map(({ group, members }) => ({ ...group, ...totalsOf(members) })).sort((a, b) => b.cost_usd - a.cost_usd || b.input_tokens + b.output_tokens - a.input_tokens - a.output_tokens);
}

/** The end of an axis: 1, 2, 2.5 or 5 times a power of ten, at or above the highest amount. */
export function axisEnd(highest) {
  if (!(highest > 0)) return 1;
  const power = Math.floor(Math.log10(highest));
  return [1, 2, 2.5, 5, 10].map((factor) => Number(`${factor}e${power}`)).find((end) => end >= highest * (1 - 1e-12));
}

/** @returns {{share: number, colour: 'green' | 'orange' | 'red'}} spent and reserved, of the budget */
export function fillOf({ usd, spent_usd: spent, reserved_usd: reserved }) {
  const share = (spent + reserved) / usd;
  return { share, colour: share >= 1 ? 'red' : share >= 0.8 ? 'orange' : 'green' };
}
