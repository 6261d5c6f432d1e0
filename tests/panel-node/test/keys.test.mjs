import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesOf, exampleModel, limitWords, matches, readKey, readLimits, readPolicy, stateOf } from '../../../src/Core/Panel/Page/keys/limits.js';

const LIMITS = { models: '', budgets: [], requests_per_minute: '', tokens_per_minute: '', max_concurrency: '', default_output_tokens: '' };
const NONE = { models: [], budgets: [], requests_per_minute: 0, tokens_per_minute: 0, max_concurrency: 0, default_output_tokens: 0 };
const KEY = { ...LIMITS, name: '', organization: '', team: '', user: '', tags: '', expires: '0', expires_at: '', disabled: false };
const NOW = Date.parse('2026-11-30T12:00:00Z');

test('empty fields remove limits', () => assert.deepEqual(readLimits(LIMITS), { body: NONE, problems: {} }));

test('limits as they are typed', () => {
  const { body, problems } = readLimits({ ...LIMITS, models: 'openai/*\n nano/echo, openai/*', budgets: [{ usd: '0.5', window: 'day', time_zone: '' }, { usd: '5', window: 'month', time_zone: 'Europe/Berlin ' }], requests_per_minute: ' 60 ' });
  assert.deepEqual(problems, {});
  assert.deepEqual(body, { ...NONE, models: ['openai/*', 'nano/echo'], budgets: [{ usd: 0.5, window: 'day', time_zone: 'UTC' }, { usd: 5, window: 'month', time_zone: 'Europe/Berlin' }], requests_per_minute: 60 });
});

const PROBLEMS = [
  ['no number', { requests_per_minute: 'many', tokens_per_minute: '1.5', max_concurrency: '100001', default_output_tokens: '-1' }, ['requests_per_minute', 'tokens_per_minute', 'max_concurrency', 'default_output_tokens']],
  ['a budget of nothing', { budgets: [{ usd: '0', window: 'day', time_zone: '' }] }, ['budgets']],
  ['a budget without an amount', { budgets: [{ usd: '', window: 'day', time_zone: '' }] }, ['budgets']],
  ['a pattern that no model has', { models: 'modèle/*' }, ['models']],
  ['names of scopes', { organization: 'a b', team: 'x'.repeat(65), user: 'ann|bob' }, ['organization', 'team', 'user']],
  ['tags', { tags: 'app=shop\nno tag' }, ['tags']],
  ['a tag twice', { tags: 'app=shop\napp=other' }, ['tags']],
  ['a time that is over', { expires: 'at', expires_at: '2026-11-30T11:59:59Z' }, ['expires_at']],
  ['no time', { expires: 'at' }, ['expires_at']],
];
for (const [name, typed, fields] of PROBLEMS) test(`mistakes: ${name}`, () => assert.deepEqual(Object.keys(readKey({ ...KEY, ...typed }, { isNew: true, now: NOW }).problems).sort(), fields.sort()));

test('a form sends what was changed in it', () => {
  const before = { ...NONE, name: 'ci', disabled: false, tags: { app: 'shop' }, budgets: [{ usd: 5, window: 'month', time_zone: 'UTC' }] };
  assert.deepEqual(changesOf(before, structuredClone(before)), {});
  assert.deepEqual(changesOf(before, { ...before, models: ['nano/*'], disabled: true, tags: {}, budgets: [{ ...before.budgets[0], usd: 1 }], expires_in_seconds: 0 }),
    { models: ['nano/*'], disabled: true, tags: {}, budgets: [{ usd: 1, window: 'month', time_zone: 'UTC' }], expires_in_seconds: 0 });
  assert.deepEqual(changesOf({}, NONE), NONE);
});

test('a new key omits empty fields, a changed one reads as all that may change', () => {
  assert.deepEqual(readKey(KEY, { isNew: true }).body, { ...NONE, tags: {}, expires_in_seconds: 0 });
  assert.deepEqual(readKey({ ...KEY, name: ' ci ', organization: 'acme', team: 'web', tags: ' app = a=b \n\nempty=' }, { isNew: true }).body,
    { ...NONE, name: 'ci', organization: 'acme', team: 'web', tags: { app: 'a=b', empty: '' }, expires_in_seconds: 0 });
  assert.deepEqual(readKey({ ...KEY, expires: 'keep', disabled: true }, { isNew: false }).body, { ...NONE, name: '', disabled: true, tags: {} });
  assert.equal(readKey({ ...KEY, policy: 'trial' }, { isNew: true }).body.policy, 'trial');
  assert.equal(readKey({ ...KEY, policy: '' }, { isNew: false }).body.policy, '');
  assert.equal(readKey({ ...KEY, expires: 'at', expires_at: '2026-11-30T12:00:10.500Z' }, { isNew: true, now: NOW }).body.expires_in_seconds, 11);
});

test('a policy is for an organization, or for one team or user of it', () => {
  const policy = { ...LIMITS, organization: 'acme', kind: 'organization', scope: 'left over' };
  assert.deepEqual(readPolicy(policy, { isNew: true }).body, { ...NONE, organization: 'acme' });
  assert.deepEqual(readPolicy({ ...policy, kind: 'team', scope: 'web' }, { isNew: true }).body, { ...NONE, organization: 'acme', team: 'web' });
  assert.deepEqual(Object.keys(readPolicy({ ...policy, kind: 'user', scope: '' }, { isNew: true }).problems), ['scope']);
  assert.deepEqual(readPolicy(LIMITS, { isNew: false }).body, NONE);
});

const limits = (more) => ({ budgets: [], models: null, requests_per_minute: null, tokens_per_minute: null, max_concurrency: null, ...more });

test('limits as text', () => {
  assert.deepEqual(limitWords(limits({ budgets: [{ usd: 5, window: 'month' }, { usd: 0.5, window: 'day' }, { usd: 1000, window: 'total' }], tokens_per_minute: 100_000, models: ['a/*', 'b/*', 'c/*', 'd/*'] })),
    ['$5 a month', '$0.50 a day', '$1,000 in total', '100,000 tokens a minute', 'only a/*, b/*, c/* and 1 more']);
  assert.deepEqual(limitWords(limits({ policy: 'trial', max_concurrency: 2 })), ['those of the policy trial', '2 at once']);
  assert.deepEqual(limitWords(limits({ budgets: [0.015, 0.096, 0.0000001, 1.234].map((usd) => ({ usd, window: 'day' })) })), ['$0.015 a day', '$0.096 a day', '$0.0000001 a day', '$1.234 a day']);
  assert.deepEqual(limitWords(limits({})), []);
});

test('keys are found by any of their texts, and by their state', () => {
  const key = { id: 'key_1', hint: 'sk-nano-abc', name: 'CI', organization: 'acme', team: 'web', user: null, tags: { app: 'shop' }, models: ['openai/*'], disabled: false, expires_at: null };
  for (const query of ['', 'ci', 'ACME web', 'app=shop', 'openai active', 'key_1', 'sk-nano-a']) assert.ok(matches(key, query), query);
  for (const query of ['ann', 'ci mobile', 'disabled']) assert.ok(!matches(key, query), query);
  assert.equal(stateOf({ ...key, expires_at: '2020-01-01T00:00:00Z' }), 'expired');
  assert.equal(stateOf({ ...key, disabled: true, expires_at: '2020-01-01T00:00:00Z' }), 'disabled');
});

test('the example names a model that the key may use', () => {
  assert.deepEqual([null, [], ['openai/*', 'nano/echo'], ['openai/*'], ['*']].map(exampleModel), ['nano/echo', 'nano/echo', 'nano/echo', 'openai/MODEL', 'provider/MODEL']);
});
