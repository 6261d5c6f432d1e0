import { h } from '../dom.js';
import { plural } from '../format.js';

const SHOWN = 60;
const MOST = 32;

/** Models of one provider to select, or to type if the catalogue does not have them. */
export function modelChecklist(provider) {
  const chosen = new Set();
  /** @type {string[]} */
  let known = [];
  const search = h('input', { type: 'search', 'aria-label': 'Find a model', placeholder: `Find, or write ${provider}/…`, autocomplete: 'off', spellcheck: 'false' });
  const list = h('ul', { class: 'checklist', 'aria-label': 'Models' });
  const status = h('p', { class: 'hint', role: 'status' });
  search.addEventListener('input', show);
  search.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') event.preventDefault();
  });
  return {
    element: h('div', { class: 'stack tight' }, search, list, status),
    chosen: () => [...chosen],
    fill(models) {
      known = models.filter((model) => model.provider === provider).map((model) => model.id);
      show();
    },
  };

  function show() {
    const query = search.value.trim().toLowerCase();
    const found = known.filter((id) => id.toLowerCase().includes(query));
    const written = query.startsWith(`${provider}/`) && query.length > provider.length + 1 && !known.includes(search.value.trim()) ? [search.value.trim()] : [];
    const rest = found.filter((id) => !chosen.has(id));
    list.replaceChildren(...[...chosen, ...written.filter((id) => !chosen.has(id)), ...rest.slice(0, SHOWN)].map(item));
    const more = rest.length > SHOWN ? `, ${rest.length - SHOWN} more are found by writing` : '';
    status.textContent = `${plural(chosen.size, 'model')} chosen, at most ${MOST}${more}`;
  }

  function item(id) {
    const box = h('input', { type: 'checkbox', checked: chosen.has(id), disabled: !chosen.has(id) && chosen.size >= MOST });
    box.addEventListener('change', () => {
      if (box.checked) chosen.add(id);
      else chosen.delete(id);
      status.textContent = `${plural(chosen.size, 'model')} chosen, at most ${MOST}`;
      if (chosen.size >= MOST) show();
    });
    return h('li', null, h('label', null, box, h('bdi', { class: 'mono' }, id)));
  }
}
