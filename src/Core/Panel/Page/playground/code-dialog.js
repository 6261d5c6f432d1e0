// The request as code, in the selected API and language.
import { copyButton } from '../clipboard.js';
import { openDialog } from '../dialog.js';
import { field, h, uniqueId } from '../dom.js';
import { DIALECTS } from './dialects/dialects.js';
import { buildRequest, problems } from './request.js';

const APIS = [...DIALECTS.map(({ id, name }) => [id, name]), ['embeddings', 'OpenAI Embeddings']];

/**
 * The same conversation in an API; for embeddings, the last message.
 * @returns {{api: string, model: string, body: any, strict: boolean} | {problem: string}}
 */
export function callOf(api, model, id, turns, settings) {
  if (api === 'embeddings') {
    const { content = 'Hello' } = turns.findLast((turn) => turn.role === 'user') ?? {};
    const input = typeof content === 'string' ? content : content.find((part) => part.type === 'text')?.text ?? 'Hello';
    return { api, model: id, body: { model: id, input }, strict: settings.strict };
  }
  const wrong = Object.values(problems({ ...settings, api }))[0];
  if (wrong) return { problem: wrong };
  const { body, strict } = buildRequest(model, id, turns, { ...settings, api });
  return { api, model: id, body, strict };
}

/**
 * @param {{api: string, callOf: (api: string) => ReturnType<typeof callOf>, baseUrl: string}} what
 */
export async function openCode({ api, callOf: build, baseUrl }) {
  const opener = document.activeElement;
  const { LANGUAGES } = await import('./snippets/snippets.js');
  // The focus may have moved in the meantime; it returns here when the dialog closes.
  opener?.focus();
  const id = uniqueId('code');
  const pre = h('pre', { class: 'raw', tabindex: '0', role: 'tabpanel', id, dir: 'ltr' });
  const stream = h('input', { type: 'checkbox' });
  const choice = h('select', null, APIS.map(([value, name]) => h('option', { value, selected: value === api }, name)));
  const tabs = LANGUAGES.map((language) => h('button', { type: 'button', role: 'tab', 'aria-controls': id, id: `${id}-${language.id}`, data: { language: language.id } }, language.name));
  const list = h('div', { class: 'tabs small', role: 'tablist', 'aria-label': 'Language' }, tabs);
  const hint = h('p', { class: 'hint' }, 'Choose an embedding model: most other models refuse this request.');
  let at = 0;
  let text = '';
  const show = () => {
    tabs.forEach((tab, index) => {
      tab.setAttribute('aria-selected', String(index === at));
      tab.tabIndex = index === at ? 0 : -1;
    });
    const language = LANGUAGES[at];
    hint.hidden = choice.value !== 'embeddings';
    stream.disabled = language.id === 'csharp' || choice.value === 'embeddings';
    const call = build(choice.value);
    text = call.problem ? `The settings do not fit this API: ${call.problem}` : language.write({ ...call, baseUrl, stream: stream.checked && !stream.disabled });
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
  choice.addEventListener('change', show);
  show();
  openDialog(
    'This request as code',
    { class: 'wide' },
    h('div', { class: 'row wrap' }, field('API', choice, { inline: false }), h('div', { class: 'row' }, field('Stream', stream, { inline: true }), copyButton('Copy the code', () => text))),
    list,
    pre,
    hint,
    h('p', { class: 'hint' }, 'The key is read from the environment variable ', h('code', null, 'NANO_API_KEY'), ': the gateway’s key, a virtual key, or a token from the providers’ page.'),
  );
}
