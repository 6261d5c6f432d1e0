// Light, dark, or the system's theme. The choice is the only value that the panel keeps in the browser's storage.
import { h } from './dom.js';
import { icon } from './icons.js';

const KEY = 'nano-theme';
const NEXT = { system: 'light', light: 'dark', dark: 'system' };
const NAMES = { system: 'as the system', light: 'light', dark: 'dark' };
const ICONS = { system: 'contrast', light: 'sun', dark: 'moon' };

/** @returns {HTMLButtonElement} cycles through the three choices */
export function themeButton() {
  const button = h('button', { type: 'button', class: 'icon-button' });
  const show = () => {
    const now = current();
    const label = `Theme: ${NAMES[now]}. Change to ${NAMES[NEXT[now]]}`;
    button.replaceChildren(icon(ICONS[now]));
    button.setAttribute('aria-label', label);
    button.title = label;
  };
  button.addEventListener('click', () => {
    choose(NEXT[current()]);
    show();
  });
  show();
  return button;
}

const current = () => document.documentElement.dataset.theme ?? 'system';

function choose(theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // The choice lasts until the page is closed.
  }
}
