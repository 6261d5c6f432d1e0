// A token for someone else: limited to a provider or to models, and in time. It is shown once and not stored.
import { postJson } from '../api.js';
import { field, h } from '../dom.js';
import { openForm, showSecret } from '../form-dialog.js';
import { dayAndTime, plural, span } from '../format.js';
import { loadModels } from '../models.js';
import { secretView } from '../secret-view.js';
import { modelChecklist } from './model-checklist.js';

const LIFETIMES = [['900', '15 minutes'], ['3600', '1 hour'], ['28800', '8 hours'], ['86400', '24 hours'], ['other', 'other …']];

/** @param {any} provider */
export async function openTokenDialog(provider) {
  const lifetime = h('select', { name: 'lifetime' }, LIFETIMES.map(([value, label]) => h('option', { value }, label)));
  const seconds = h('input', { type: 'number', name: 'seconds', min: '60', max: '86400', step: '1', value: '900' });
  const secondsField = h('div', { hidden: true }, field('Seconds, 60 to 86400', seconds));
  const rate = h('input', { type: 'number', name: 'rate', min: '1', step: '1', placeholder: 'no limit' });
  const every = h('input', { type: 'radio', name: 'scope', value: 'all', checked: true });
  const some = h('input', { type: 'radio', name: 'scope', value: 'some' });
  const list = modelChecklist(provider.id);
  const listHolder = h('div', { hidden: true }, list.element);
  const dialog = openForm(
    `A token for ${provider.name}`,
    {
      label: 'Create token',
      read() {
        const models = some.checked ? list.chosen() : undefined;
        const body = {
          lifetime_seconds: Number(lifetime.value === 'other' ? seconds.value : lifetime.value),
          ...(models ? { models } : {}),
          ...(rate.value === '' ? {} : { requests_per_minute: Number(rate.value) }),
        };
        return { body, problems: models?.length === 0 ? { models: 'Choose at least one model.' } : {} };
      },
      send: (body) => postJson(`api/providers/${encodeURIComponent(provider.id)}/session`, body),
      done: (token, form, shown) => showSecret(form, shown, tokenView(token, provider)),
    },
    h('p', null, 'A key for an app or a colleague to use instead of the gateway’s own. It works for the models you select and expires automatically.'),
    field('Valid for', lifetime),
    secondsField,
    h('fieldset', null, h('legend', null, 'It covers'), field(`every model of ${provider.name}`, every, { inline: true }), field('these models only', some, { inline: true }), listHolder),
    field('Requests per minute', rate, { hint: h('p', { class: 'hint' }, 'Each instance of the gateway counts separately.') }),
  );
  lifetime.addEventListener('change', () => {
    secondsField.hidden = lifetime.value !== 'other';
    if (!secondsField.hidden) seconds.focus();
  });
  dialog.addEventListener('change', () => (listHolder.hidden = !some.checked));
  list.fill(await loadModels().catch(() => []));
}

function tokenView(token, provider) {
  return secretView({
    what: 'token', secret: token.token, baseUrl: token.base_url, model: token.models?.[0] ?? `${provider.id}/MODEL`,
    facts: [
      ['Ends', `${dayAndTime(token.expires_at)}, in ${span(token.expires_in)}`],
      ['Covers', token.models ? token.models.map((id, at) => [at ? ', ' : '', h('code', null, id)]) : `every model of ${provider.name}`],
      ['Limit', token.requests_per_minute ? `${plural(token.requests_per_minute, 'request')} per minute` : 'none'],
    ],
  });
}
