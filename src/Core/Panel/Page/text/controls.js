// Characters that change the direction of text. In code and in arguments they are made visible, so that the displayed text is the actual text.
import { h } from '../dom.js';

const CONTROLS = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/;

export const hasControls = (text) => CONTROLS.test(text);

/** @returns {Array<string | HTMLElement>} */
export function visibleControls(text) {
  return text.split(/([\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c])/).map((part) =>
    CONTROLS.test(part) ? h('span', { class: 'control-mark', title: 'a character that changes the direction of writing' }, `U+${part.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`) : part,
  );
}
