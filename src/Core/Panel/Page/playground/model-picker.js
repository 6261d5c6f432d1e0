// A combobox over the catalogue (ARIA authoring practices: editable combobox with list autocomplete). Only the visible
// options are in the page, so 5,000 models cost no more than ten.
import { h, uniqueId } from '../dom.js';
import { icon } from '../icons.js';
import { plural, short } from '../format.js';
import { abilities, prices, searchModels } from '../models.js';

const ROW = 58;
const SPARE = 4;

/**
 * @param {{label: string, models: import('../models.js').Model[], onChange: (id: string) => void}} options
 * @returns {{element: HTMLElement, value: () => string, choose: (id: string) => void}}
 */
export function modelPicker({ label, models, onChange }) {
  const listId = uniqueId('models');
  const input = h('input', {
    type: 'text', role: 'combobox', class: 'picker-input', 'aria-label': label, 'aria-expanded': false, 'aria-controls': listId, 'aria-autocomplete': 'list',
    autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', placeholder: 'provider/model',
  });
  const rows = h('div', { class: 'picker-rows', role: 'presentation' });
  const scroller = h('div', { class: 'picker-scroll', role: 'listbox', id: listId, 'aria-label': 'Models' }, rows);
  const status = h('p', { class: 'picker-status', role: 'status' });
  const popup = h('div', { class: 'picker-popup', hidden: true }, scroller, status);
  const element = h('div', { class: 'picker' }, icon('down', 'picker-arrow'), input, popup);

  let value = '';
  /** @type {Array<{id: string, model?: import('../models.js').Model}>} */
  let options = [];
  let active = -1;

  input.addEventListener('focus', () => input.select());
  input.addEventListener('click', open);
  input.addEventListener('input', () => {
    open();
    search(input.value);
  });
  input.addEventListener('keydown', onKey);
  input.addEventListener('blur', () => close());
  scroller.addEventListener('scroll', draw, { passive: true });
  // The input keeps the focus while the list is used with a pointer.
  popup.addEventListener('pointerdown', (event) => event.preventDefault());
  popup.addEventListener('mousedown', (event) => event.preventDefault());
  rows.addEventListener('click', (event) => {
    const row = event.target.closest('[role=option]');
    if (row) take(Number(row.dataset.at));
  });

  return { element, value: () => value, choose };

  function choose(id) {
    value = id;
    input.value = id;
    onChange(id);
  }

  function open() {
    if (!popup.hidden) return;
    popup.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    // Show all options, with the chosen one in view.
    search('');
    activate(options.findIndex((option) => option.id === value));
  }

  function close() {
    if (popup.hidden) return;
    popup.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
    input.value = value;
  }

  function search(query) {
    const found = searchModels(models, query);
    options = found.map((model) => ({ id: model.id, model }));
    const typed = query.trim();
    // Models that are not in the catalogue work too.
    if (/^[^/\s]+\/\S+$/.test(typed) && !found.some((model) => model.id === typed)) options.push({ id: typed });
    status.textContent = options.length ? `${plural(found.length, 'model')}${query ? ' found' : ''}` : 'Nothing found. Write provider/model to use one that is not listed.';
    rows.style.height = `${options.length * ROW}px`;
    scroller.scrollTop = 0;
    active = -1;
    draw();
    activate(options.length && query ? 0 : -1);
  }

  function activate(at) {
    active = at;
    if (at >= 0) {
      const top = at * ROW;
      if (top < scroller.scrollTop) scroller.scrollTop = top;
      else if (top + ROW > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + ROW - scroller.clientHeight;
    }
    draw();
    if (at >= 0) input.setAttribute('aria-activedescendant', `${listId}-${at}`);
    else input.removeAttribute('aria-activedescendant');
  }

  function draw() {
    const first = Math.max(0, Math.floor(scroller.scrollTop / ROW) - SPARE);
    const last = Math.min(options.length, Math.ceil((scroller.scrollTop + (scroller.clientHeight || 400)) / ROW) + SPARE);
    const shown = [];
    for (let at = first; at < last; at++) shown.push(row(options[at], at));
    rows.replaceChildren(...shown);
  }

  function row({ id, model }, at) {
    const element = h(
      'div',
      { role: 'option', id: `${listId}-${at}`, class: 'picker-row', data: { at: String(at) }, 'aria-selected': id === value, 'aria-setsize': options.length, 'aria-posinset': at + 1 },
      h('span', { class: 'picker-name' }, h('bdi', null, id), model && !model.available ? h('span', { class: 'tag' }, icon('key'), 'no key') : null),
      h('span', { class: 'picker-facts' }, model ? facts(model) : 'Not in the catalogue: it is sent as written'),
    );
    if (at === active) element.classList.add('active');
    element.style.top = `${at * ROW}px`;
    return element;
  }

  function onKey(event) {
    const page = Math.max(1, Math.floor(scroller.clientHeight / ROW) - 1);
    const moves = { ArrowDown: active + 1, ArrowUp: active < 0 ? options.length - 1 : active - 1, PageDown: active + page, PageUp: active - page };
    if (event.key in moves) {
      event.preventDefault();
      if (popup.hidden) open();
      else if (options.length) activate(Math.min(options.length - 1, Math.max(0, moves[event.key])));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (popup.hidden) open();
      else if (active >= 0) take(active);
    } else if (event.key === 'Escape' && !popup.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
      input.select();
    }
  }

  function take(at) {
    const { id } = options[at];
    choose(id);
    close();
    input.select();
  }
}

const facts = (model) => [model.context ? `${short(model.context)} context` : null, prices(model), abilities(model).join(', ')].filter(Boolean).join(' · ');
