import { copyButton } from '../clipboard.js';
import { openDialog } from '../dialog.js';
import { field, h, uniqueId } from '../dom.js';
import { LANGUAGES } from './snippets.js';

/**
 * @param {{request: object, baseUrl: string, strict: boolean}} call
 */
export function openCode(call) {
  const id = uniqueId('code');
  const pre = h('pre', { class: 'raw', tabindex: '0', role: 'tabpanel', id, dir: 'ltr' });
  const stream = h('input', { type: 'checkbox' });
  const tabs = LANGUAGES.map((language) => h('button', { type: 'button', role: 'tab', 'aria-controls': id, id: `${id}-${language.id}`, data: { language: language.id } }, language.name));
  const list = h('div', { class: 'tabs small', role: 'tablist', 'aria-label': 'Language' }, tabs);
  let at = 0;
  let text = '';
  const show = () => {
    tabs.forEach((tab, index) => {
      tab.setAttribute('aria-selected', String(index === at));
      tab.tabIndex = index === at ? 0 : -1;
    });
    const language = LANGUAGES[at];
    stream.disabled = language.id === 'csharp';
    text = language.write({ ...call, stream: stream.checked && !stream.disabled });
    pre.setAttribute('aria-labelledby', `${id}-${language.id}`);
    pre.textContent = text.length > 200_000 ? `${text.slice(0, 200_000)}…` : text;
  };
  list.addEventListener('click', (event) => {
    const tab = event.target.closest('[role=tab]');
    if (!tab) return;
    at = tabs.indexOf(tab);
    show();
  });
  list.addEventListener('keydown', (event) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    at = (to + tabs.length) % tabs.length;
    show();
    tabs[at].focus();
  });
  stream.addEventListener('change', show);
  show();
  openDialog(
    'This request as code',
    { class: 'wide' },
    h('div', { class: 'row wrap' }, list, h('div', { class: 'row' }, field('Stream', stream, { inline: true }), copyButton('Copy the code', () => text))),
    pre,
    h('p', { class: 'hint' }, 'The key is read from the environment variable ', h('code', null, 'NANO_API_KEY'), ': the gateway’s key, or a token from the providers’ page.'),
  );
}
