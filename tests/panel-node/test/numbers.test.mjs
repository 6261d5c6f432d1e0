import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bucketed, errorsIn, isError, percentile } from '../../../src/Core/Panel/Page/activity/series.js';
import * as format from '../../../src/Core/Panel/Page/format.js';
import { baseCost, firstModel, searchModels } from '../../../src/Core/Panel/Page/models.js';

const TEXTS = [
  ['count', null, '–'], ['count', 0, '0'], ['count', 1234567, '1,234,567'],
  ['short', 1_050_000, '1.1M'], ['short', undefined, '–'],
  ['duration', 0, '< 1 ms'], ['duration', 0.5, '1 ms'], ['duration', 999.4, '999 ms'], ['duration', 1234, '1.23 s'], ['duration', 61_000, '1 min 1 s'], ['duration', 119_600, '2 min 0 s'], ['duration', 59_960, '1 min 0 s'],
  ['duration', 59_940, '59.9 s'], ['duration', 9_996, '10.0 s'], ['duration', 999.6, '1.00 s'], ['duration', null, '–'],
  ['money', 0, '$0'], ['money', 12.3456, '$12.35'], ['money', 0.0123, '$0.0123'], ['money', 0.000012345, '$0.000012'], ['money', 0.00025, '$0.00025'],
  ['money', null, '–'], ['money', 1e-12, '< $0.000000001'],
  ['price', 0.1, '$0.10'], ['price', 2.5, '$2.50'], ['price', 10, '$10'], ['price', 0.125, '$0.125'], ['price', 0, '$0'], ['price', null, '–'],
  ['span', 60, '60 s'], ['span', 900, '15 min'], ['span', 86_400, '24 h'],
  ['size', 5, '1 KB'], ['size', 8 * 1024 * 1024, '8.0 MB'],
];
for (const [name, value, expected] of TEXTS) test(`${name}(${value}) is ${expected}`, () => assert.equal(format[name](value), expected));

test('percentiles are of the nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  assert.deepEqual([percentile(values, 0.5), percentile(values, 0.95), percentile([7], 0.95), percentile([], 0.5)], [50, 95, 7, null]);
});

test('requests fall into their part of the time', () => {
  const at = (ms, more) => ({ time: new Date(ms).toISOString(), outcome: 'ok', input_tokens: 1, output_tokens: null, latency_ms: ms, ...more });
  const records = [at(999), at(1000), at(1999, { outcome: 'broken' }), at(2000, { outcome: 'caller_gone' }), at(3000)];
  const series = bucketed(records, { from: 1000, to: 3000, buckets: 2 });
  assert.deepEqual(series.map(({ requests, errors, input, output, p50, p95 }) => [requests, errors, input, output, p50, p95]), [[2, 1, 2, 0, 1000, 1999], [1, 0, 1, 0, 2000, 2000]]);
});

test('the chart, the totals and the filter of Activity have the same errors', () => {
  const outcomes = ['ok', 'failed', 'broken', 'stopped', 'caller_gone', 'open'];
  const records = outcomes.map((outcome) => ({ time: new Date(1500).toISOString(), outcome }));
  assert.deepEqual(outcomes.filter((outcome) => isError({ outcome })), ['failed', 'broken', 'stopped']);
  assert.equal(bucketed(records, { from: 1000, to: 2000, buckets: 1 })[0].errors, 3);
  assert.equal(errorsIn({ requests: 6, ok: 1, failed: 2, broken: 3, stopped: 12, caller_gone: 1 }), 17);
});

const model = (id, more) => ({ id, provider: id.split('/')[0], available: true, haystack: id, input_per_million: null, output_per_million: null, ...more });

test('cost: cached tokens at their price, and unknown where a price is', () => {
  const usage = { prompt_tokens: 1000, completion_tokens: 100, prompt_tokens_details: { cached_tokens: 400 } };
  const priced = model('a/b', { input_per_million: 10, output_per_million: 20, cache_read_per_million: 1 });
  assert.equal(baseCost(priced, usage), 0.0084);
  assert.equal(baseCost({ ...priced, cache_read_per_million: null }, usage), 0.012);
  assert.equal(baseCost({ ...priced, output_per_million: null }, usage), null);
  assert.equal(baseCost(undefined, usage), null);
  assert.equal(baseCost(priced, null), null);
  assert.equal(baseCost({ ...priced, input_per_million: 0, output_per_million: 0, cache_read_per_million: 0 }, usage), 0);
});

test('search: every word, the best first, those with a key before those without', () => {
  const models = [model('x/old-gpt'), model('openai/gpt-6', { available: false }), model('openai/gpt-5'), model('openai/gpt-5-mini'), model('google/gemini')];
  const ids = (query, options) => searchModels(models, query, options).map((found) => found.id);
  assert.deepEqual(ids('gpt-5'), ['openai/gpt-5', 'openai/gpt-5-mini']);
  assert.deepEqual(ids('gpt'), ['openai/gpt-5', 'openai/gpt-5-mini', 'x/old-gpt', 'openai/gpt-6']);
  assert.deepEqual(ids('OPENAI mini'), ['openai/gpt-5-mini']);
  assert.equal(ids('', { availableOnly: true }).includes('openai/gpt-6'), false);
});

test('the first model is one that works, and the built-in one only without another', () => {
  const echo = model('nano/echo');
  assert.equal(firstModel([echo, model('a/b', { available: false }), model('c/d')]).id, 'c/d');
  assert.equal(firstModel([model('a/b', { available: false }), echo]).id, 'nano/echo');
});
