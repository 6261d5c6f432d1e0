// The playground: one conversation, or two side by side with the same prompt.
import { h } from '../dom.js';
import { openDialog } from '../dialog.js';
import { icon } from '../icons.js';
import { firstModel, loadModels } from '../models.js';
import { session } from '../session.js';
import { callOf, openCode } from './code-dialog.js';
import { composer } from './composer.js';
import { pane } from './pane.js';
import { buildRequest } from './request.js';
import { settingsForm } from './settings.js';

const WIDE = matchMedia('(min-width: 1080px)');
const IDEAS = ['Explain how a hash table works, with a small example in Python.', 'Compare three ways to store money in a database, as a table.', 'Write a haiku about waiting for the first token.'];

/** @param {HTMLElement} section */
export function startPlayground(section) {
  let started = false;
  /** @type {import('../models.js').Model[] | null} as the panes have it: replaced in place */
  let models = null;
  return {
    async show() {
      if (models) loadModels().then((now) => models.splice(0, models.length, ...now), () => {});
      if (started) return;
      started = true;
      section.replaceChildren(h('p', { class: 'loading', role: 'status' }, 'Loading the models'));
      try {
        const found = [...(await loadModels())];
        build(section, found);
        models = found;
      } catch (error) {
        started = false;
        const again = () => this.show();
        section.replaceChildren(h('div', { class: 'loading' }, h('p', { role: 'alert' }, error.message), h('button', { type: 'button', class: 'button', on: { click: again } }, 'Try again')));
      }
    },
  };
}

function build(section, models) {
  const settings = settingsForm(() => write.complain(''));
  const panes = h('div', { class: 'panes' });
  const compare = h('button', { type: 'button', class: 'button quiet', 'aria-pressed': false, on: { click: toggleCompare } }, icon('columns'), h('span', null, 'Compare'));
  const code = h('button', { type: 'button', class: 'button quiet', on: { click: showCode } }, icon('code'), h('span', null, 'Code'));
  const settingsButton = h('button', { type: 'button', class: 'button quiet only-narrow', on: { click: showSettings } }, icon('sliders'), h('span', null, 'Settings'));
  const write = composer({ onSend: send, onStop: () => all().forEach((one) => one.stop()), onInput: () => write.complain(''), actions: [settingsButton, compare, code] });
  const aside = h('aside', { class: 'aside', 'aria-label': 'Settings' });
  const first = newPane('Model');
  /** @type {ReturnType<typeof pane> | null} */
  let second = null;
  panes.append(first.element);
  const stage = h('div', { class: 'stage' }, panes, write.element);
  write.takeDropsOn(stage);
  section.replaceChildren(stage, aside);
  first.picker.choose(firstModel(models)?.id ?? 'nano/echo');
  WIDE.addEventListener('change', placeSettings);
  placeSettings();

  function all() {
    return second ? [first, second] : [first];
  }

  function newPane(label) {
    return pane({ label, models, empty, build: request, onState: () => write.setRunning(all().some((one) => one.isRunning())) });
  }

  function empty() {
    const idea = (text) => h('li', null, h('button', { type: 'button', class: 'idea', on: { click: () => write.write(text) } }, text));
    return h('div', { class: 'empty' }, h('h2', null, 'Ask any model'), h('p', null, 'Choose one above and write below. Or begin with one of these:'), h('ul', null, IDEAS.map(idea)));
  }

  /** @returns {ReturnType<typeof buildRequest> | null} null when the settings contain a mistake, which is shown */
  function request(id, turns) {
    if (!settings.isValid()) {
      write.complain('The settings contain a mistake.');
      if (!WIDE.matches) showSettings();
      settings.reveal();
      return null;
    }
    return buildRequest(models.find((model) => model.id === id), id, turns, settings.read());
  }

  function send() {
    if (all().some((one) => one.isRunning())) return;
    const content = write.content();
    if (content === null) {
      write.focus();
      return;
    }
    const waiting = all().find((one) => one.awaitsResults());
    if (waiting) {
      waiting.focusResult();
      write.complain('The model waits for the result of its tool call. Send that first, or begin a new conversation.');
      return;
    }
    if (!request(first.picker.value(), [])) return;
    write.clear();
    for (const one of all()) one.ask(content);
  }

  function showCode() {
    const content = write.content();
    const turns = [...first.turns(), ...(content === null ? [] : [{ role: 'user', content }])];
    if (!turns.length) turns.push({ role: 'user', content: 'Hello' });
    const id = first.picker.value();
    if (!request(id, turns)) return;
    const model = models.find((known) => known.id === id);
    openCode({ api: settings.read().api, callOf: (api) => callOf(api, model, id, turns, settings.read()), baseUrl: session.baseUrl });
  }

  function toggleCompare() {
    if (second) {
      second.stop();
      second.element.remove();
      second = null;
    } else {
      second = newPane('Second model');
      panes.append(second.element);
      second.picker.choose(models.find((model) => model.available && model.id !== first.picker.value())?.id ?? first.picker.value());
    }
    panes.classList.toggle('two', second !== null);
    compare.setAttribute('aria-pressed', String(second !== null));
    write.setRunning(all().some((one) => one.isRunning()));
  }

  function placeSettings() {
    if (WIDE.matches) aside.replaceChildren(h('h2', { class: 'unseen' }, 'Settings'), settings.element);
  }

  function showSettings() {
    if (document.querySelector('dialog .settings')) return;
    openDialog('Settings', { class: 'sheet', onClose: placeSettings }, settings.element);
  }
}
