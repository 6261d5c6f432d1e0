// The tables of keys and of policies.
import { append, h } from '../dom.js';
import { dayAndTime, plural } from '../format.js';
import { icon } from '../icons.js';
import { action, table } from '../listing.js';
import { scopeWords, titleOf } from './key-dialogs.js';
import { limitWords, stateOf } from './limits.js';
import { policyWords } from './policy-dialogs.js';

const STEP = 100;
const STATES = { active: ['green', 'check', 'active'], disabled: ['grey', 'minus', 'disabled'], expired: ['red', 'cross', 'expired'] };

/** @param {Record<string, (key: any) => void>} actions */
export function keyTable({ edit, rotate, revoke }) {
  let shown = STEP;
  let wanted = [];
  let state = { all: 0, more: null };
  const listing = table('Virtual keys, newest first', ['Name', 'Belongs to', 'Limits', 'Expires', 'State']);
  const further = h('button', { type: 'button', class: 'button', on: { click: onMore } }, 'Show more');
  const empty = h('div', { class: 'empty' });
  return {
    element: h('div', { class: 'stack' }, listing.element, empty, further),
    /** @param {any[]} keys newest first @param {{all: number, more: (() => void) | null}} now */
    show(keys, now) {
      wanted = keys;
      state = now;
      draw();
    },
  };

  function onMore() {
    shown += STEP;
    if (shown > wanted.length && state.more) state.more();
    else draw();
  }

  function draw() {
    listing.fill(wanted.slice(0, shown).map(line));
    listing.element.hidden = wanted.length === 0;
    further.hidden = wanted.length <= shown && !state.more;
    empty.hidden = wanted.length > 0;
    empty.replaceChildren();
    append(empty, state.all ? [h('p', null, 'No key matches.')] : [h('h3', null, 'No virtual keys yet'), h('p', null, 'Create one for a team or an application: it gets limits of its own, and its usage is counted.')]);
  }

  function line(key) {
    const [colour, sign, word] = STATES[stateOf(key)];
    const limits = limitWords(key);
    const isRotating = key.former_key_until && new Date(key.former_key_until).getTime() > Date.now();
    return [
      [h('bdi', { class: 'strong' }, titleOf(key)), h('span', { class: 'under' }, h('code', null, `${key.hint}…`), isRotating ? ` former key valid until ${dayAndTime(key.former_key_until)}` : null)],
      [h('bdi', null, scopeWords(key)), Object.keys(key.tags).length ? h('span', { class: 'under' }, Object.entries(key.tags).map((tag) => h('span', { class: 'tag' }, tag.join('=')))) : null],
      limits.length ? h('ul', null, limits.map((text) => h('li', null, text))) : 'none of its own',
      key.expires_at ? dayAndTime(key.expires_at) : 'never',
      h('span', { class: `light ${colour}` }, icon(sign), word),
      [action('pencil', `Edit ${titleOf(key)}`, () => edit(key)), action('retry', `Rotate ${titleOf(key)}`, () => rotate(key)), action('trash', `Revoke ${titleOf(key)}`, () => revoke(key))],
    ];
  }
}

/** @param {Record<string, (policy: any) => void>} actions */
export function policyTable({ edit, remove }) {
  const listing = table('Policies', ['Applies to', 'Limits']);
  const empty = h('p', { class: 'hint' }, 'No policies.');
  return {
    element: h('div', null, listing.element, empty),
    show(policies) {
      listing.element.hidden = policies.length === 0;
      empty.hidden = policies.length > 0;
      listing.fill(policies.map((policy) => [
        [h('bdi', { class: 'strong' }, policyWords(policy)), policy.read_only ? h('span', { class: 'under' }, 'in nano.json, for each key that names it') : null],
        limitWords(policy).length ? h('ul', null, limitWords(policy).map((text) => h('li', null, text))) : plural(0, 'limit'),
        policy.read_only ? null : [action('pencil', `Edit the policy of ${policyWords(policy)}`, () => edit(policy)), action('trash', `Remove the policy of ${policyWords(policy)}`, () => remove(policy))],
      ]));
    },
  };
}
