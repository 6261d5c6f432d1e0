// A key or a token that the gateway shows once: to copy, with its scope and a request that uses it.
import { copyButton } from './clipboard.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { literal } from './text/literal.js';

/**
 * @param {{what: string, secret: string, baseUrl: string, model: string, facts: [string, any][]}} made
 *   what: "token"; model: one that the secret allows
 */
export function secretView({ what, secret, baseUrl, model, facts }) {
  const value = h('textarea', { class: 'token code', readOnly: true, rows: 4, 'aria-label': `The ${what}`, spellcheck: 'false' });
  value.value = secret;
  value.addEventListener('focus', () => value.select());
  const example = `export NANO_API_KEY='${secret}'
curl ${baseUrl}/chat/completions \\
  -H "Authorization: Bearer $NANO_API_KEY" \\
  -H "Content-Type: application/json" \\
  --data-binary @- <<'JSON'
${literal({ model, messages: [{ role: 'user', content: 'Hello' }] })}
JSON
`;
  return h(
    'div',
    { class: 'stack' },
    h('p', { class: 'note green' }, icon('check'), `Copy the ${what} now. It is not shown again.`),
    value,
    h('div', { class: 'row' }, copyButton(`Copy the ${what}`, () => secret)),
    h('dl', { class: 'facts' }, [...facts, ['Base URL', h('code', null, baseUrl)]].map(([name, content]) => h('div', null, h('dt', null, name), h('dd', null, content)))),
    h('div', { class: 'row' }, h('h3', null, 'Example'), copyButton('Copy the example', () => example)),
    h('pre', { class: 'raw', tabindex: '0', role: 'group', 'aria-label': 'Example', dir: 'ltr' }, example),
  );
}
