// Virtual keys and the policies of organizations, teams and users: create, find, edit, rotate, revoke.
import { append, field, h, throttle } from '../dom.js';
import { count, plural } from '../format.js';
import { icon } from '../icons.js';
import { readStore, storeProblem } from '../store-problem.js';
import { openKeyForm, openRevocation, openRotation } from './key-dialogs.js';
import { keyTable, policyTable } from './listings.js';
import { matches } from './limits.js';
import { openPolicyForm, openPolicyRemoval } from './policy-dialogs.js';

const PAGE = 1000;
/** After this many matches, the search stops loading further keys. */
const ENOUGH = 100;

/** @param {HTMLElement} section */
export function startKeys(section) {
  /** @type {any[]} in the order of their creation */
  let keys = [];
  /** @type {any[]} */
  let policies = [];
  let hasMore = false;
  let isLoaded = false;
  let loading = null;

  const create = h('button', { type: 'button', class: 'button primary', on: { click: () => openKeyForm(null, configured(), put) } }, icon('plus'), h('span', null, 'Create key'));
  const createPolicy = h('button', { type: 'button', class: 'button', on: { click: () => openPolicyForm(null, putPolicy) } }, icon('plus'), h('span', null, 'Create policy'));
  const words = h('input', { type: 'search', placeholder: 'name, id, organization, team, user, tag, model', autocomplete: 'off', spellcheck: 'false' });
  const found = h('p', { class: 'hint', role: 'status' });
  const table = keyTable({ edit: (key) => openKeyForm(key, configured(key.policy), put), rotate: (key) => openRotation(key, put), revoke: (key) => openRevocation(key, () => take(key)) });
  const policyList = policyTable({ edit: (policy) => openPolicyForm(policy, putPolicy), remove: (policy) => openPolicyRemoval(policy, () => takePolicy(policy)) });
  const body = h('div', { class: 'stack wide' });
  const content = [
    h('div', { class: 'find' }, field('Find a key', words), found),
    table.element,
    h('div', { class: 'page-head' }, h('div', null, h('h3', null, 'Policies'), h('p', { class: 'hint' }, 'Limits that all keys of an organization, a team or a user share, and those of nano.json.')), createPolicy),
    policyList.element,
  ];
  append(section, [
    h('div', { class: 'page-head' }, h('div', null, h('h2', null, 'Keys'), h('p', { class: 'lead' }, 'Virtual keys give teams and applications access with limits of their own, on all instances of this gateway.')), create),
    body,
  ]);
  create.hidden = true;
  words.addEventListener('input', throttle(150, show));

  return {
    show() {
      if (!isLoaded) load();
    },
  };

  async function load() {
    body.replaceChildren(h('p', { class: 'loading', role: 'status' }, 'Loading the keys'));
    try {
      const [first, list] = [await readStore(`api/keys?limit=${PAGE}`), await readStore('api/policies')];
      keys = first.data;
      hasMore = first.has_more;
      policies = list.data;
      isLoaded = true;
      create.hidden = false;
      body.replaceChildren(...content);
      show();
      policyList.show(policies);
    } catch (error) {
      body.replaceChildren(storeProblem(error, load));
    }
  }

  /** @param {string | null} [own] the one that a key names, which nano.json may no longer have */
  function configured(own) {
    const names = policies.filter((policy) => policy.read_only).map((policy) => policy.id);
    return own && !names.includes(own) ? [...names, own] : names;
  }

  /** A search goes through all keys, page by page. */
  async function more() {
    loading ??= readStore(`api/keys?limit=${PAGE}&after=${encodeURIComponent(keys.at(-1).id)}`);
    try {
      const page = await loading;
      const known = new Set(keys.map((key) => key.id));
      keys.push(...page.data.filter((key) => !known.has(key.id)));
      hasMore = page.has_more;
      loading = null;
      show();
    } catch (error) {
      loading = null;
      found.textContent = error.message;
    }
  }

  function show() {
    const query = words.value;
    const wanted = keys.filter((key) => matches(key, query)).reverse();
    table.show(wanted, { all: keys.length, more: hasMore ? more : null });
    const goesOn = hasMore && query.trim() !== '' && wanted.length < ENOUGH;
    const of = hasMore ? `the first ${count(keys.length)}` : plural(keys.length, 'key');
    found.textContent = goesOn ? `${count(wanted.length)} of ${of}, looking further …` : query.trim() ? `${count(wanted.length)} of ${of}` : `${hasMore ? `The first ${count(keys.length)} keys` : of}`;
    if (goesOn && loading === null) more();
  }

  function put(key) {
    const at = keys.findIndex((known) => known.id === key.id);
    const { key: secret, ...shown } = key;
    if (at < 0) keys.push(shown);
    else keys[at] = shown;
    show();
  }

  function take(key) {
    keys = keys.filter((known) => known.id !== key.id);
    show();
    words.focus();
  }

  function putPolicy(policy) {
    policies = [...policies.filter((known) => known.id !== policy.id), policy].sort((a, b) => (a.id < b.id ? -1 : 1));
    policyList.show(policies);
  }

  function takePolicy(policy) {
    policies = policies.filter((known) => known.id !== policy.id);
    policyList.show(policies);
    createPolicy.focus();
  }
}
