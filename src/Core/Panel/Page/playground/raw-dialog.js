import { copyButton } from '../clipboard.js';
import { openDialog } from '../dialog.js';
import { h } from '../dom.js';

/** The request and the response as they were sent. @param {{path: string, body: object}} request */
export function openRaw({ path, body }, answer) {
  const sent = JSON.stringify(body, null, 2);
  const part = (title, text, what) =>
    h('section', { class: 'stack' }, h('div', { class: 'row wrap' }, h('h3', null, title), copyButton(what, () => text)), h('pre', { class: 'raw', tabindex: '0', role: 'group', 'aria-label': title, dir: 'ltr' }, shortened(text)));
  openDialog(
    'Raw request and response',
    { class: 'wide' },
    answer?.requestId ? h('p', { class: 'hint' }, 'Request ', h('code', null, answer.requestId)) : null,
    part(`POST /${path}`, sent, 'Copy the request'),
    part('Response', answer?.raw || 'There is no response.', 'Copy the response'),
  );
}

/** Megabytes cannot be read on a page: data URLs and long endings are hidden, but copied. */
function shortened(text) {
  const lean = text.replace(/((?:data:[\w/+.-]+;base64,|"data": ?")[\w+/=]{60})[\w+/=]+/g, '$1…');
  return lean.length > 200_000 ? `${lean.slice(0, 200_000)}\n… ${lean.length - 200_000} more characters: copy it to see them` : lean;
}
