// The message input: Enter sends, Shift+Enter begins a new line.
import { h } from '../dom.js';
import { icon } from '../icons.js';
import { filesOf, imageTray } from './images.js';

/**
 * @param {{onSend: () => void, onStop: () => void, onInput: () => void, actions: HTMLElement[]}} options
 */
export function composer({ onSend, onStop, onInput, actions }) {
  const text = h('textarea', { rows: 1, class: 'composer-text', placeholder: 'Ask something', 'aria-label': 'Your message', dir: 'auto', 'aria-describedby': 'composer-hint' });
  const complaint = h('p', { class: 'form-error', role: 'alert' });
  const tray = imageTray((message) => complaint.replaceChildren(...(message ? [icon('warn'), message] : [])));
  const button = h('button', { type: 'submit', class: 'button primary send' });
  const element = h(
    'form',
    { class: 'composer', 'aria-label': 'Message' },
    tray.element,
    text,
    h('div', { class: 'composer-bar' }, tray.button, tray.input, ...actions, h('span', { class: 'hint grow', id: 'composer-hint' }, 'Enter sends, Shift+Enter adds a line'), button),
    complaint,
  );
  let running = false;
  show();

  text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!running) onSend();
  });
  text.addEventListener('input', onInput);
  text.addEventListener('paste', (event) => {
    const files = filesOf(event.clipboardData);
    if (!files.length) return;
    event.preventDefault();
    tray.add(files);
  });
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    if (running) onStop();
    else onSend();
  });
  /** @param {HTMLElement} target where files may be dropped */
  function takeDropsOn(target) {
    target.addEventListener('dragover', (event) => {
      if (![...event.dataTransfer.items].some((item) => item.kind === 'file')) return;
      event.preventDefault();
      element.classList.add('dropping');
    });
    target.addEventListener('dragleave', (event) => {
      if (!target.contains(event.relatedTarget)) element.classList.remove('dropping');
    });
    target.addEventListener('drop', (event) => {
      element.classList.remove('dropping');
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      tray.add(event.dataTransfer.files);
    });
  }

  function show() {
    button.replaceChildren(icon(running ? 'stop' : 'send'), h('span', null, running ? 'Stop' : 'Send'));
    button.classList.toggle('stopping', running);
  }

  return {
    element, takeDropsOn,
    focus: () => text.focus(),
    complain: (message) => complaint.replaceChildren(...(message ? [icon('warn'), message] : [])),
    write(words) {
      text.value = words;
      onInput();
      text.focus();
    },
    setRunning(now) {
      if (running === now) return;
      running = now;
      show();
    },
    /** The content of the user message being written: a string, or parts when there are images; null when it is empty. */
    content() {
      const pictures = tray.peek();
      if (!text.value.trim() && !pictures.length) return null;
      if (!pictures.length) return text.value;
      const words = text.value.trim() ? [{ type: 'text', text: text.value }] : [];
      return [...words, ...pictures.map((picture) => ({ type: 'image_url', image_url: { url: picture.url } }))];
    },
    clear() {
      text.value = '';
      tray.take();
      complaint.replaceChildren();
    },
  };
}
