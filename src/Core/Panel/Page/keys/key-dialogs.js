// Create, edit, rotate and revoke a virtual key. The key itself is shown once, when it is created.
import { announce } from '../announce.js';
import { patchJson, postJson, send } from '../api.js';
import { h } from '../dom.js';
import { fields, openForm, showSecret } from '../form-dialog.js';
import { dayAndTime } from '../format.js';
import { secretView } from '../secret-view.js';
import { session } from '../session.js';
import { limitControls, limitRows, valuesOf } from './limit-fields.js';
import { changesOf, exampleModel, limitWords, readKey } from './limits.js';

const LIFETIMES = [['86400', '24 hours'], ['604800', '7 days'], ['2592000', '30 days'], ['7776000', '90 days'], ['31536000', '1 year'], ['at', 'a time …']];
const OVERLAPS = [['0', 'at once'], ['3600', 'in 1 hour'], ['86400', 'in 24 hours'], ['604800', 'in 7 days'], ['2592000', 'in 30 days']];

export const keyPath = (key) => `api/keys/${encodeURIComponent(key.id)}`;

export const titleOf = (key) => key.name || key.id;

const options = (pairs, chosen) => pairs.map(([value, label]) => h('option', { value, selected: value === chosen }, label));

/**
 * @param {any} key as the gateway has it now; null for a new one
 * @param {string[]} policies the names of those in nano.json
 * @param {(changed: any) => void} onDone
 */
export function openKeyForm(key, policies, onDone) {
  const isNew = key === null;
  const text = (props) => h('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', ...props });
  const first = isNew ? [['0', 'never']] : [['keep', key.expires_at ? `unchanged: ${dayAndTime(key.expires_at)}` : 'unchanged: never'], ...(key.expires_at ? [['0', 'never']] : [])];
  const controls = {
    name: text({ value: key?.name ?? '', placeholder: 'ci' }),
    ...(isNew ? { organization: text({ placeholder: 'default' }), team: text({}), user: text({}) } : {}),
    ...(policies.length ? { policy: h('select', null, options([['', 'none'], ...policies.map((name) => [name, name])], key?.policy ?? '')) } : {}),
    ...limitControls(key),
    tags: h('textarea', { rows: 2, class: 'code', spellcheck: 'false', placeholder: 'app=shop', value: Object.entries(key?.tags ?? {}).map((tag) => tag.join('=')).join('\n') }),
    expires: h('select', null, options([...first, ...LIFETIMES], first[0][0])),
    expires_at: h('input', { type: 'datetime-local' }),
    ...(isNew ? {} : { disabled: h('input', { type: 'checkbox', checked: key.disabled }) }),
  };
  const form = fields(controls);
  const at = h('div', { hidden: true }, form.row('expires_at', 'Ends at'));
  controls.expires.addEventListener('change', () => (at.hidden = controls.expires.value !== 'at'));
  const read = () => readKey(valuesOf(controls), { isNew });
  const before = isNew ? {} : read().body;
  openForm(
    isNew ? 'A new virtual key' : `Edit ${titleOf(key)}`,
    {
      label: isNew ? 'Create key' : 'Save', form,
      read() {
        const { body, problems } = read();
        return { body: changesOf(before, body), problems };
      },
      send: (body) => (isNew ? postJson('api/keys', body) : patchJson(keyPath(key), body)),
      done(changed, element, dialog) {
        onDone(changed);
        if (isNew) showKey(changed, element, dialog);
        else {
          dialog.close();
          announce(`${titleOf(changed)} was changed`);
        }
      },
    },
    isNew ? h('p', { class: 'hint' }, 'For a team, a person or an application. Limits that are left empty do not apply; those of its organization, team and user always do.') : null,
    form.row('name', 'Name'),
    isNew
      ? [form.row('organization', 'Organization'), h('div', { class: 'pair' }, form.row('team', 'Team'), form.row('user', 'User'))]
      : h('p', { class: 'hint' }, h('code', null, key.id), ' in ', scopeWords(key), '. Changes apply on other instances within 30 seconds.'),
    controls.policy ? form.row('policy', 'Policy', 'Its limits in nano.json apply to this key, too.') : null,
    limitRows(form, controls),
    form.row('tags', 'Tags', ['One ', h('code', null, 'name=value'), ' per line; usage can be grouped by them.']),
    form.row('expires', 'Expires'),
    at,
    isNew ? null : form.row('disabled', 'Disabled', 'Requests with it are refused until it is enabled again.'),
  );
}

export const scopeWords = (key) => [key.organization, key.team && `team ${key.team}`, key.user && `user ${key.user}`].filter(Boolean).join(' · ');

export function openRotation(key, onDone) {
  const overlap = h('select', null, options(OVERLAPS, '86400'));
  const form = fields({ overlap_seconds: overlap });
  openForm(
    `Rotate ${titleOf(key)}`,
    {
      label: 'Make a new key', form,
      read: () => ({ body: { overlap_seconds: Number(overlap.value) }, problems: {} }),
      send: (body) => postJson(`${keyPath(key)}/rotate`, body),
      done(rotated, element, dialog) {
        onDone(rotated);
        showKey(rotated, element, dialog);
      },
    },
    h('p', null, 'The new key has the same id, limits and usage.'),
    form.row('overlap_seconds', 'The current key ends'),
  );
}

export function openRevocation(key, onDone) {
  openForm(
    `Revoke ${titleOf(key)}`,
    {
      label: 'Revoke', danger: true,
      send: () => send(keyPath(key), { method: 'DELETE' }),
      done(_, __, dialog) {
        dialog.close();
        onDone();
        announce(`${titleOf(key)} was revoked`);
      },
    },
    h('p', null, 'Requests with this key are refused from now on; on other instances within 30 seconds. Its usage stays. This cannot be undone.'),
  );
}

function showKey(key, form, dialog) {
  const limits = limitWords(key);
  showSecret(form, dialog, secretView({
    what: 'key', secret: key.key, baseUrl: session.baseUrl, model: exampleModel(key.models),
    facts: [
      ['Id', h('code', null, key.id)],
      ['Belongs to', scopeWords(key)],
      ['Ends', key.expires_at ? dayAndTime(key.expires_at) : 'never'],
      ...(key.former_key_until ? [['Former key', `valid until ${dayAndTime(key.former_key_until)}`]] : []),
      ['Limits', limits.length ? limits.join(', ') : 'none of its own'],
    ],
  }));
}
