// One provider: whether it works, how that was checked, where its key comes from, and how to fix it.
import { announce } from '../announce.js';
import { getJson } from '../api.js';
import { append, h, uniqueId } from '../dom.js';
import { ago, duration, plural } from '../format.js';
import { icon } from '../icons.js';
import { statusLight } from './light.js';
import { openTokenDialog } from './token-dialog.js';

/** `anthropic-messages` as Anthropic Messages. */
const dialectName = (id) => id.split('-').map((word) => (word === 'openai' ? 'OpenAI' : word.charAt(0).toUpperCase() + word.slice(1))).join(' ');

/**
 * @param {any} provider as returned by GET /api/providers
 * @param {{onChange: () => void, onAgain: () => Promise<void>}} listeners onAgain: the person asks for a check; requests what GET /api/providers returns now
 */
export function providerCard(provider, { onChange, onAgain }) {
  const id = uniqueId('provider');
  const title = h('h3', { id });
  const facts = h('dl', { class: 'facts' });
  const light = h('div', { class: 'card-light' });
  const found = h('div', { class: 'card-found' });
  const checked = h('p', { class: 'hint' });
  const fix = h('p', { class: 'fix', hidden: true });
  const again = h('button', { type: 'button', class: 'button quiet', on: { click: checkNow } }, icon('retry'), h('span', null, 'Check again'));
  const token = h('button', { type: 'button', class: 'button quiet', on: { click: () => openTokenDialog(provider) } }, icon('key'), h('span', null, 'Create token'));
  const element = h(
    'article',
    { class: 'card', 'aria-labelledby': id, data: { provider: provider.id } },
    h('div', { class: 'card-head' }, title, light),
    found,
    facts,
    checked,
    fix,
    h('div', { class: 'card-actions' }, again, token),
  );
  /** @type {any} */
  let status = null;
  let checking = false;
  showFacts();
  show();

  return { id: provider.id, element, check, update, hasKey, keyState: () => JSON.stringify(provider.key), light: () => (checking ? 'checking' : status?.light ?? 'checking'), tick: showTime };

  function hasKey() {
    return provider.key.state !== 'not_set';
  }

  /** @param {any} now as returned by GET /api/providers */
  function update(now) {
    provider = now;
    showFacts();
  }

  function showFacts() {
    title.textContent = provider.name;
    again.setAttribute('aria-label', `Check again: ${provider.name}`);
    token.setAttribute('aria-label', `Create token for ${provider.name}`);
    // Without a key there is nothing to give access to.
    token.hidden = !hasKey();
    facts.replaceChildren();
    append(facts, [fact('Key', keyFacts(provider.key)), fact('Dialect', dialectName(provider.dialect)), provider.base_url ? fact('Host', h('bdi', { class: 'mono' }, provider.base_url.replace(/^https:\/\//, ''))) : null, fact('Models', [plural(provider.models, 'model'), ' as ', h('code', null, `${provider.id}/…`)])]);
  }

  /** With two dozen cards on the page, announce only the checks that the user started. */
  async function checkNow() {
    if (checking) return;
    announce(`Checking ${provider.name}`);
    await check(true);
    await onAgain();
    announce(`${provider.name}: ${status.message} ${status.fix ?? ''}`);
  }

  /** @param {boolean} fresh asks the provider even if it was asked a moment ago */
  async function check(fresh) {
    if (checking) return;
    checking = true;
    // Keep the element that has the focus.
    again.setAttribute('aria-disabled', 'true');
    show();
    try {
      status = await getJson(`api/providers/${encodeURIComponent(provider.id)}/status${fresh ? '?fresh=true' : ''}`);
    } catch (error) {
      // The gateway did not respond: the provider's state is unknown, but show a problem.
      status = { light: 'red', message: error.message, fix: null, checked: null, checked_at: new Date().toISOString(), latency_ms: null };
    }
    checking = false;
    again.removeAttribute('aria-disabled');
    show();
  }

  function show() {
    light.replaceChildren(statusLight(checking || !status ? 'checking' : status.light));
    element.dataset.light = checking || !status ? 'checking' : status.light;
    // While it is checked again, the previous result stays visible.
    if (status) {
      found.replaceChildren(h('p', { dir: 'auto' }, status.message ?? ''));
      fix.hidden = !status.fix;
      fix.replaceChildren(h('strong', null, 'To fix it: '), status.fix ?? '');
    } else found.replaceChildren(h('p', { class: 'hint' }, 'Checking the provider …'));
    showTime();
    onChange();
  }

  function showTime() {
    if (!status?.checked) checked.textContent = '\u00a0';
    else checked.replaceChildren(h('span', { class: 'mono' }, status.checked), ` · ${ago(status.checked_at)}${status.latency_ms == null ? '' : ` · ${duration(status.latency_ms)}`}`);
  }
}

/** The possible sources of a key, as text. */
const SOURCES = {
  setting: (key) => ['setting ', h('code', null, key.setting)],
  key_vault: (key) => ['Key Vault, ', h('code', null, key.secret)],
  entra: () => 'tokens of Microsoft Entra, for the app’s identity',
};

const fact = (name, ...value) => h('div', null, h('dt', null, name), h('dd', null, value));

function keyFacts(key) {
  if (key.state === 'not_needed') return 'none needed';
  if (key.state === 'set') return SOURCES[key.source]?.(key) ?? [key.source, ', ', h('code', null, key.setting)];
  if (key.state === 'unavailable') return [h('span', { class: 'red-text' }, 'not readable: '), key.message ?? 'its source does not respond'];
  return ['not set: ', h('code', null, key.setting)];
}
