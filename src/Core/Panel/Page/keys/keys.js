// Virtual keys and the policies of organizations, teams and users: create, find, edit, rotate, revoke.
import { append, field, h, throttle } from '../dom.js';
import { count, plural } from '../format.js';
import { icon } from '../icons.js';
import { readStore, storeProblem } from '../store-problem.js';
import { keyPath, openKeyForm, openRevocation, openRotation } from './key-dialogs.js';
import { keyTable, policyTable } from './listings.js';
import { matches } from './limits.js';
import { openPolicyForm, openPolicyRemoval, policyPath } from './policy-dialogs.js';

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
  /** @type {string | null} the last key of the last page: a key that was created here comes after keys that are not loaded */
  let cursor = null;
  let isOpening = false;
  let isLoaded = false;
  /** @type {Promise<void> | null} the request for the first page, while it is open */
  let starting = null;
  /** @type {Promise<any> | null} the same for a further page */
  let loading = null;

  const create = h('button', { type: 'button', class: 'button primary', on: { click: () => openKeyForm(null, configured(), put) } }, icon('plus'), h('span', null, 'Create key'));
  const createPolicy = h('button', { type: 'button', class: 'button', on: { click: () => openPolicyForm(null, putPolicy) } }, icon('plus'), h('span', null, 'Create policy'));
  const words = h('input', { type: 'search', placeholder: 'name, id, organization, team, user, tag, model', autocomplete: 'off', spellcheck: 'false' });
  const found = h('p', { class: 'hint', role: 'status' });
  const table = keyTable({ edit: editKey, rotate: (key) => openRotation(key, put), revoke: (key) => openRevocation(key, () => take(key)) });
  const policyList = policyTable({ edit: editPolicy, remove: (policy) => openPolicyRemoval(policy, () => takePolicy(policy)) });
  const body = h('div', { class: 'stack wide' });
  const problem = h('p', { class: 'form-error', role: 'alert' });
  const content = [
    problem,
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
      // A second list would replace keys that were created meanwhile.
      if (!isLoaded) starting ??= load().finally(() => (starting = null));
    },
  };

  async function load() {
    body.replaceChildren(h('p', { class: 'loading', role: 'status' }, 'Loading the keys'));
    try {
      const [first, list] = [await readStore(`api/keys?limit=${PAGE}`), await readStore('api/policies')];
      keys = [];
      addPage(first);
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

  /** Ids are in the order of their creation. */
  function addPage({ data, has_more: more }) {
    const known = new Set(keys.map((key) => key.id));
    keys = [...keys, ...data.filter((key) => !known.has(key.id))].sort((a, b) => (a.id < b.id ? -1 : 1));
    cursor = data.at(-1)?.id ?? cursor;
    hasMore = more;
  }

  function editKey(key) {
    return openCurrent(keyPath(key), { open: (current) => openKeyForm(current, configured(current.policy), put), update: put, forget: () => take(key) });
  }

  function editPolicy(policy) {
    return openCurrent(policyPath(policy), { open: (current) => openPolicyForm(current, putPolicy), update: putPolicy, forget: () => takePolicy(policy) });
  }

  /** Opens the form of what the gateway has now: it may have been changed elsewhere since the page was loaded. */
  async function openCurrent(path, { open, update, forget }) {
    if (isOpening) return;
    isOpening = true;
    const opener = document.activeElement;
    problem.textContent = '';
    try {
      const current = await readStore(path);
      // The dialog gives the focus back to the button that has it: it may have moved on during the request, and an update replaces the button.
      if (opener instanceof HTMLElement) opener.focus();
      open(current);
      update(current);
    } catch (error) {
      if (error.status === 404) forget();
      problem.textContent = error.message;
      problem.scrollIntoView({ block: 'nearest' });
    } finally {
      isOpening = false;
    }
  }

  /** A search goes through all keys, page by page. */
  async function more() {
    loading ??= readStore(`api/keys?limit=${PAGE}&after=${encodeURIComponent(cursor)}`);
    try {
      const page = await loading;
      addPage(page);
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
