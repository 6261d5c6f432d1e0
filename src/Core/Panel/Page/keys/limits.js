// Converts what is typed about a key or a policy to the gateway's API. Pure. The names are those of the API's members.

const WINDOWS = { day: 'a day', week: 'a week', month: 'a month', total: 'in total' };
const MOST = { requests_per_minute: 1_000_000_000, tokens_per_minute: 1_000_000_000, max_concurrency: 100_000, default_output_tokens: 1_000_000_000 };
const SCOPE = /^[A-Za-z0-9._@+-]{1,64}$/;

export const windowWords = (window) => WINDOWS[window] ?? window;

/** A limit is not rounded: "$5 a month", "$0.50 a day", "$0.015 in total" */
export const budgetWords = ({ usd, window }) => `$${usd.toLocaleString('en', { minimumFractionDigits: Number.isInteger(usd) ? 0 : 2, maximumFractionDigits: 9 })} ${windowWords(window)}`;

/**
 * @param {{models: string, budgets: {usd: string, window: string, time_zone: string}[]} & Record<string, any>} typed
 * @returns {{body: Record<string, any>, problems: Record<string, string>}} an empty field removes its limit
 */
export function readLimits(typed) {
  const body = {};
  const problems = {};
  body.models = [...new Set(typed.models.split(/[\s,]+/).filter(Boolean))];
  if (body.models.length > 100) problems.models = 'At most 100 patterns.';
  else if (body.models.some((pattern) => pattern.length > 256 || /[^\x21-\x7e]/.test(pattern))) problems.models = 'Patterns have letters, digits and signs of ASCII only.';
  body.budgets = [];
  for (const [at, budget] of typed.budgets.entries()) {
    const usd = Number(budget.usd);
    if (budget.usd.trim() === '' || !(usd > 0 && usd <= 1_000_000)) problems.budgets ??= `Budget ${at + 1}: enter USD above 0, up to 1,000,000.`;
    body.budgets.push({ usd, window: budget.window, time_zone: budget.time_zone.trim() || 'UTC' });
  }
  for (const [name, most] of Object.entries(MOST)) {
    const text = typed[name].trim();
    const number = text === '' ? 0 : Number(text);
    if (!(Number.isSafeInteger(number) && number >= 0 && number <= most)) problems[name] = `A whole number up to ${most.toLocaleString('en')}.`;
    body[name] = number;
  }
  return { body, problems };
}

/**
 * @param {Record<string, any>} typed
 * @param {{isNew: boolean, now?: number}} options
 */
export function readKey(typed, { isNew, now = Date.now() }) {
  const { body, problems } = readLimits(typed);
  if (typed.name.trim() || !isNew) body.name = typed.name.trim();
  if (isNew) readScopes(typed, ['organization', 'team', 'user'], body, problems);
  else body.disabled = typed.disabled;
  if (typed.policy !== undefined) body.policy = typed.policy;
  body.tags = {};
  for (const line of typed.tags.split('\n').map((text) => text.trim()).filter(Boolean)) {
    const equals = line.indexOf('=');
    const name = line.slice(0, equals).trim();
    if (equals < 1 || !SCOPE.test(name)) problems.tags ??= `"${line.slice(0, 40)}" is not name=value.`;
    else if (Object.hasOwn(body.tags, name)) problems.tags ??= `"${name}" occurs twice.`;
    else body.tags[name] = line.slice(equals + 1).trim();
  }
  if (Object.keys(body.tags).length > 16) problems.tags = 'At most 16 tags.';
  if (typed.expires === 'at') {
    const seconds = Math.ceil((new Date(typed.expires_at).getTime() - now) / 1000);
    if (seconds > 0) body.expires_in_seconds = seconds;
    else problems.expires_at = 'Choose a time in the future.';
  } else if (typed.expires !== 'keep') body.expires_in_seconds = Number(typed.expires);
  return { body, problems };
}

/**
 * The members that were changed in a form. Only these are sent: the others may have been changed elsewhere in the meantime.
 * @param {Record<string, any>} before what the untouched form reads as
 * @param {Record<string, any>} body
 */
export const changesOf = (before, body) => Object.fromEntries(Object.entries(body).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])));

/** @param {Record<string, any>} typed */
export function readPolicy(typed, { isNew }) {
  const { body, problems } = readLimits(typed);
  if (isNew) {
    readScopes(typed, ['organization'], body, problems);
    if (typed.kind !== 'organization') {
      if (!typed.scope.trim()) problems.scope = `Enter the name of the ${typed.kind}.`;
      else if (!SCOPE.test(typed.scope.trim())) problems.scope = WRONG_SCOPE;
      body[typed.kind] = typed.scope.trim();
    }
  }
  return { body, problems };
}

const WRONG_SCOPE = 'Up to 64 letters, digits, or . _ - @ +';

function readScopes(typed, names, body, problems) {
  for (const name of names) {
    const text = typed[name].trim();
    if (text && !SCOPE.test(text)) problems[name] = WRONG_SCOPE;
    if (text) body[name] = text;
  }
}

/** @returns {string[]} of a key or a policy: "those of the policy trial", "$5 a month", "60 requests a minute" */
export function limitWords(limits) {
  const number = (value) => value.toLocaleString('en');
  return [
    limits.policy ? `those of the policy ${limits.policy}` : null,
    ...limits.budgets.map(budgetWords),
    limits.requests_per_minute ? `${number(limits.requests_per_minute)} requests a minute` : null,
    limits.tokens_per_minute ? `${number(limits.tokens_per_minute)} tokens a minute` : null,
    limits.max_concurrency ? `${number(limits.max_concurrency)} at once` : null,
    limits.models?.length ? `only ${limits.models.slice(0, 3).join(', ')}${limits.models.length > 3 ? ` and ${limits.models.length - 3} more` : ''}` : null,
  ].filter(Boolean);
}

/** @returns {'active' | 'disabled' | 'expired'} */
export const stateOf = (key, now = Date.now()) => (key.disabled ? 'disabled' : key.expires_at && new Date(key.expires_at).getTime() <= now ? 'expired' : 'active');

/** Every word must be in the key's names, scopes, tags or models. */
export function matches(key, query) {
  const text = [key.id, key.hint, key.name, key.organization, key.team, key.user, key.policy, ...Object.entries(key.tags).map((tag) => tag.join('=')), ...(key.models ?? []), stateOf(key)].join(' ').toLowerCase();
  return query.toLowerCase().split(/\s+/).filter(Boolean).every((word) => text.includes(word));
}

/** A model that a key with these patterns may use, for an example. */
export function exampleModel(models) {
  if (!models?.length) return 'nano/echo';
  return models.find((pattern) => !pattern.includes('*')) ?? models[0].replace('*', models[0].includes('/') ? 'MODEL' : 'provider/MODEL');
}
