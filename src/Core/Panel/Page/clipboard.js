import { announce } from './announce.js';
import { append, h } from './dom.js';
import { icon } from './icons.js';

/**
 * @param {string} label what is copied: "Copy", "Copy the token"
 * @param {() => string} text
 * @param {{compact?: boolean}} [options] compact: the icon alone is shown
 */
export function copyButton(label, text, { compact = false } = {}) {
  const shown = (name, words) => [icon(name), compact ? null : h('span', null, words)];
  const button = h('button', { type: 'button', class: compact ? 'icon-button small' : 'button quiet', 'aria-label': label, title: label }, shown('copy', label));
  let timer;
  button.addEventListener('click', async () => {
    const copied = await copy(text());
    button.replaceChildren();
    append(button, shown(copied ? 'check' : 'cross', copied ? 'Copied' : 'Not copied'));
    announce(copied ? 'Copied' : 'The browser did not allow copying');
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.replaceChildren();
      append(button, shown('copy', label));
    }, 1600);
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** For pages that are not a secure context, where there is no clipboard API: http to another machine. */
function copyBySelection(text) {
  const holder = h('textarea', { value: text, class: 'unseen', readOnly: true });
  const focused = document.activeElement;
  (focused?.closest('dialog') ?? document.body).append(holder);
  holder.select();
  const copied = document.execCommand('copy');
  holder.remove();
  focused?.focus();
  return copied;
}
