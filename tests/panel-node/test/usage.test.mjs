import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisEnd, fillOf, groupsOf, knownCost, listOf, MEASURES, periodsOf, rangeOf, seriesOf, totalsOf } from '../../../src/Core/Panel/Page/usage/report.js';

const NOW = Date.parse('2026-03-31T15:30:00Z');
const iso = ({ from, to, step }) => [new Date(from).toISOString().slice(0, 16), new Date(to).toISOString().slice(0, 16), step];

const RANGES = [
  ['24h', {}, ['2026-03-30T16:00', '2026-03-31T16:00', 'hour'], 24],
  ['7d', {}, ['2026-03-25T00:00', '2026-04-01T00:00', 'day'], 7],
  ['month', {}, ['2026-03-01T00:00', '2026-04-01T00:00', 'day'], 31],
  ['last', {}, ['2026-02-01T00:00', '2026-03-01T00:00', 'day'], 28],
  ['custom', { from: '2026-03-30', to: '2026-03-31' }, ['2026-03-30T00:00', '2026-04-01T00:00', 'hour'], 48],
  ['custom', { from: '2025-12-31', to: '2026-01-02' }, ['2025-12-31T00:00', '2026-01-03T00:00', 'day'], 3],
];
for (const [name, days, expected, length] of RANGES) {
  test(`the time ${name} ${days.from ?? ''}`, () => {
    const range = rangeOf(name, { ...days, now: NOW });
    assert.deepEqual(iso(range), expected);
    assert.equal(periodsOf(range).length, length);
  });
}

test('days that make no time', () => {
  for (const days of [{}, { from: '2026-03-01' }, { from: '2026-03-02', to: '2026-03-01' }, { from: '2020-01-01', to: '2026-01-01' }]) assert.equal(typeof rangeOf('custom', { ...days, now: NOW }).problem, 'string', JSON.stringify(days));
});

const row = (day, model, cost, more) => ({ day, model, cost_usd: cost, requests: 1, input_tokens: 10, output_tokens: 5, presumed_usd: 0, reserved_usd: 0, ...more });

test('series are stacked by what costs most, with the rest as one, and days without usage are zero', () => {
  const periods = ['2026-03-01', '2026-03-02', '2026-03-03'];
  const rows = [...'abcdefghi'].map((name, at) => row('2026-03-02', name, at + 1)).concat([row('2026-03-03', null, 100), row('2026-02-01', 'a', 1000)]);
  const { series, total, highest } = seriesOf(rows, { column: 'model', step: 'day', periods, measure: MEASURES.spend });
  assert.deepEqual(series.map((one) => [one.value, one.total]), [[null, 100], ['i', 9], ['h', 8], ['g', 7], ['f', 6], ['e', 5], ['d', 4], ['3 more', 6]]);
  assert.deepEqual(series[1].amounts, [0, 9, 0]);
  assert.deepEqual(series.at(-1), { value: '3 more', isRest: true, total: 6, amounts: [0, 6, 0] });
  assert.deepEqual([total, highest], [145, 100]);
  assert.equal(seriesOf(rows, { column: 'model', step: 'day', periods, measure: MEASURES.tokens }).total, 150);
});

test('lists and totals', () => {
  const rows = [row('d', 'a', 1), row('d', 'b', 2), row('e', 'a', 3), row('e', null, 0.5, { input_tokens: 100 })];
  assert.deepEqual(listOf(rows, 'model').map((item) => [item.value, item.cost_usd, item.requests]), [['a', 4, 2], ['b', 2, 1], [null, 0.5, 1]]);
  assert.deepEqual(totalsOf(rows), { requests: 4, input_tokens: 130, output_tokens: 20, cost_usd: 6.5, presumed_usd: 0, reserved_usd: 0, unpriced_attempts: 0 });
});

test('a cost that is not known is not zero', () => {
  const rows = [row('d', 'a', 0, { unpriced_attempts: 2 }), row('d', 'b', 1, { unpriced_attempts: 1 }), row('d', 'c', 0)];
  assert.equal(totalsOf(rows).unpriced_attempts, 3);
  assert.deepEqual(listOf(rows, 'model').map((item) => [item.value, knownCost(item), item.unpriced_attempts]), [['b', 1, 1], ['a', null, 2], ['c', 0, 0]]);
});

test('teams and users of different organizations that have the same name are kept apart', () => {
  const rows = [row('2026-03-01', 'a', 10, { organization: 'acme', team: 'web', user: 'ann' }), row('2026-03-01', 'a', 20, { organization: 'globex', team: 'web', user: 'ann' })];
  for (const column of ['team', 'user']) {
    const expected = [['globex', 20], ['acme', 10]];
    assert.deepEqual(listOf(rows, column).map((item) => [item.organization, item.cost_usd]), expected);
    assert.deepEqual(seriesOf(rows, { column, step: 'day', periods: ['2026-03-01'], measure: MEASURES.spend }).series.map((one) => [one.organization, one.total]), expected);
    assert.deepEqual(groupsOf(column), ['organization', column]);
  }
  assert.deepEqual(listOf(rows, 'model').map((item) => [item.value, item.cost_usd]), [['a', 30]]);
  assert.deepEqual(groupsOf('model'), ['model']);
});

test('the axis ends at a round number', () => {
  assert.deepEqual([0, 0.9, 1, 1.1, 2.4, 3, 7, 10, 0.00012].map(axisEnd), [1, 1, 1, 2, 2.5, 5, 10, 10, 0.0002]);
});

test('a budget is full by what is spent and reserved', () => {
  const budget = (spent, reserved) => fillOf({ usd: 10, spent_usd: spent, reserved_usd: reserved }).colour;
  assert.deepEqual([budget(7.9, 0), budget(7, 1), budget(9, 1), budget(12, 0)], ['green', 'orange', 'red', 'red']);
});
