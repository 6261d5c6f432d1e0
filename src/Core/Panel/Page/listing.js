// A table with actions at the end of each row; on a narrow page each row is a card.
import { h } from './dom.js';
import { icon } from './icons.js';

export const action = (sign, label, run) => h('button', { type: 'button', class: 'icon-button', 'aria-label': label, title: label, on: { click: run } }, icon(sign));

/** @param {string[]} names of the columns before the actions */
export function table(caption, names) {
  const body = h('tbody');
  return {
    element: h(
      'div',
      { class: 'listing' },
      h('table', null, h('caption', { class: 'unseen' }, caption), h('thead', null, h('tr', null, names.map((name) => h('th', { scope: 'col' }, name)), h('th', { scope: 'col' }, h('span', { class: 'unseen' }, 'Actions')))), body),
    ),
    /** @param {any[][]} rows the last cell has the actions */
    fill: (rows) => body.replaceChildren(...rows.map((cells) => h('tr', null, cells.map((cell, at) =>
      at === 0 ? h('th', { scope: 'row' }, cell) : h('td', { class: at === cells.length - 1 ? 'actions' : null, data: { label: names[at] ?? '' } }, cell))))),
  };
}
