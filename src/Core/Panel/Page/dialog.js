import { append, h, uniqueId } from './dom.js';
import { icon } from './icons.js';

/**
 * A modal dialog. Esc and its button close it; the focus returns to where it was. A closed dialog is removed.
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
  // A click that begins and ends outside closes it; a text selection that ends outside does not.
  let pressedOutside = false;
  dialog.addEventListener('pointerdown', (event) => (pressedOutside = event.target === dialog));
  dialog.addEventListener('click', (event) => {
    if (closable && pressedOutside && event.target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => {
    // Browsers report it a moment later: it may be shown again by then.
    if (dialog.open) return;
    dialog.remove();
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    // Actions in the dialog may have rendered the opener anew.
    else if (document.activeElement === document.body) sameAs(opener)?.focus();
    onClose?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * Shows a dialog that was closed meanwhile: what a request returns may be shown only once.
 * @param {HTMLDialogElement} dialog of openDialog
 */
export function showAgain(dialog) {
  if (dialog.open) return;
  document.body.append(dialog);
  dialog.showModal();
}

/** The element that has the name of a removed one. */
function sameAs(element) {
  const name = element?.getAttribute('aria-label');
  return name ? document.querySelector(`[aria-label="${CSS.escape(name)}"]`) : null;
}
