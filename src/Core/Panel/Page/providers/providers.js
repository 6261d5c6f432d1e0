// The providers page: one card per provider, all checked when the page is opened.
import { announce } from '../announce.js';
import { getJson } from '../api.js';
import { append, h } from '../dom.js';
import { plural } from '../format.js';
import { icon } from '../icons.js';
import { forgetModels } from '../models.js';
import { deployments } from './deployments.js';
import { providerCard } from './provider-card.js';

const AT_ONCE = 4;
/** Checks, and the list, that are older than this are repeated when the page becomes visible. */
const STALE = 60_000;

/** @param {HTMLElement} section */
export function startProviders(section) {
  const summary = h('p', { class: 'lead' });
  const checkAll = h('button', { type: 'button', class: 'button', on: { click: () => run(true) } }, icon('retry'), h('span', null, 'Check all'));
  const grid = h('div', { class: 'cards' });
  const others = h('section', { class: 'without-key', 'aria-labelledby': 'without-key', hidden: true }, h('h3', { id: 'without-key' }, 'Without a key'), h('div', { class: 'cards small' }));
  const health = deployments();
  append(section, [h('div', { class: 'page-head' }, h('div', null, h('h2', null, 'Providers'), summary), checkAll), grid, others, health.element]);
  /** @type {ReturnType<typeof providerCard>[]} */
  let cards = [];
  /** @type {Promise<void> | null} the request for the list, while it is open */
  let loading = null;
  let checkedAt = 0;
  let listedAt = 0;
  let latest = 0;
  let timer = 0;

  return {
    async show() {
      timer = setInterval(() => cards.forEach((card) => card.tick()), 5000);
      health.load();
      // A second list would replace cards that are being checked.
      if (!cards.length) await (loading ??= load().finally(() => (loading = null)));
      if (cards.length && Date.now() - checkedAt > STALE) run(false);
    },
    hide: () => clearInterval(timer),
  };

  async function load() {
    grid.replaceChildren(h('p', { class: 'loading', role: 'status' }, 'Loading the providers'));
    try {
      const { providers } = await getJson('api/providers');
      cards = providers.map(newCard);
      listedAt = Date.now();
      place();
    } catch (error) {
      const again = async () => {
        await load();
        run(false);
      };
      grid.replaceChildren(h('div', { class: 'loading' }, h('p', { role: 'alert' }, error.message), h('button', { type: 'button', class: 'button', on: { click: again } }, 'Try again')));
    }
  }

  function newCard(provider) {
    return providerCard(provider, { onChange: summarise, onAgain: refresh });
  }

  /** What the gateway has now: its keys and its instances of nano.json may be others. While it does not respond, the cards stay as they are. */
  async function refresh() {
    const mine = ++latest;
    const answer = await getJson('api/providers').catch(() => null);
    if (!answer || mine !== latest) return;
    listedAt = Date.now();
    const known = new Map(cards.map((card) => [card.id, card]));
    const isSame = cards.length === answer.providers.length && answer.providers.every((provider) => known.get(provider.id)?.keyState() === JSON.stringify(provider.key));
    if (!isSame) forgetModels();
    cards = answer.providers.map((provider) => known.get(provider.id) ?? newCard(provider));
    answer.providers.forEach((provider, at) => cards[at].update(provider));
    place();
    summarise();
    for (const card of cards) if (!known.has(card.id)) card.check(false);
  }

  function place() {
    const focused = document.activeElement;
    arrange(grid, cards.filter((card) => card.hasKey()));
    arrange(others.lastChild, cards.filter((card) => !card.hasKey()));
    others.hidden = cards.every((card) => card.hasKey());
    // A card that moves loses the focus.
    if (focused !== document.activeElement && section.contains(focused)) focused.focus();
  }

  async function run(fresh) {
    if (checkAll.hasAttribute('aria-disabled')) return;
    checkedAt = Date.now();
    checkAll.setAttribute('aria-disabled', 'true');
    if (fresh || Date.now() - listedAt > STALE) await refresh();
    const waiting = [...cards];
    const worker = async () => {
      for (let card; (card = waiting.shift()); ) await card.check(fresh);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    // The checks have read the keys anew.
    if (fresh) await refresh();
    checkAll.removeAttribute('aria-disabled');
    announce(summary.textContent);
  }

  function summarise() {
    const lights = cards.map((card) => card.light());
    const number = (light) => lights.filter((one) => one === light).length;
    const parts = [
      number('green') && `${number('green')} of ${plural(cards.length, 'provider')} ${number('green') === 1 ? 'works' : 'work'}`,
      number('checking') && `${number('checking')} being checked`,
      number('orange') && `${number('orange')} degraded`,
      number('red') && `${number('red')} failed`,
      number('grey') && `${number('grey')} without a key`,
    ];
    const text = parts.filter(Boolean).join(', ');
    if (summary.textContent !== text) summary.textContent = text;
  }
}

/** Leaves what is in its place alone: the person may be using it. */
function arrange(parent, cards) {
  const wanted = cards.map((card) => card.element);
  if (wanted.length !== parent.children.length || wanted.some((element, at) => parent.children[at] !== element)) parent.replaceChildren(...wanted);
}
