import { append, h, uniqueId } from './dom.js';
import { icon } from './icons.js';

/**
 * A modal dialog. Esc and its button close it, focus goes back to where it was; it is gone once closed.
 * @param {string} title
 * @param {{class?: string, onClose?: () => void, closable?: boolean}} options
 * @param {...any} children
 * @returns {HTMLDialogElement} open
 */
export function openDialog(title, { class: className = '', onClose, closable = true } = {}, ...children) {
  const id = uniqueId('dialog');
  const opener = document.activeElement;
  const dialog = h('dialog', { class: `dialog ${className}`.trim(), 'aria-labelledby': id });
  append(dialog, [
    h(
      'div',
      { class: 'dialog-head' },
      h('h2', { id }, title),
      closable && h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', on: { click: () => dialog.close() } }, icon('cross')),
    ),
    h('div', { class: 'dialog-body' }, children),
  ]);
  // A press that begins and ends outside closes; one that selected text and slipped out does not.
  let pressedOutside = false;
  dialog.addEventListener('pointerdown', (event) => (pressedOutside = event.target === dialog));
  dialog.addEventListener('click', (event) => {
    if (closable && pressedOutside && event.target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    // What was done in the dialog may have drawn the opener anew.
    else if (document.activeElement === document.body) sameAs(opener)?.focus();
    onClose?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** The element with the name of one that is gone. */
function sameAs(element) {
  const name = element?.getAttribute('aria-label');
  return name ? document.querySelector(`[aria-label="${CSS.escape(name)}"]`) : null;
}
