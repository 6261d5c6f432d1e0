import { h } from '../dom.js';
import { icon } from '../icons.js';

const WORDS = { green: 'Works', orange: 'Degraded', red: 'Failed', grey: 'No key' };
const ICONS = { green: 'check', orange: 'warn', red: 'cross', grey: 'minus' };

/** @param {'green' | 'orange' | 'red' | 'grey' | 'checking'} light colour, icon and text: never the colour alone */
export const statusLight = (light) =>
  light === 'checking'
    ? h('span', { class: 'light orange', data: { light } }, icon('spin', 'spinning'), 'Checking')
    : h('span', { class: `light ${light}`, data: { light } }, icon(ICONS[light]), WORDS[light]);
