import { h } from '../dom.js';

/** @param {string | object[]} content of a user message */
export function userView(content) {
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  return h(
    'article',
    { class: 'message user', 'aria-label': 'You' },
    parts.filter((part) => part.type === 'image_url').map((part) => h('img', { src: part.image_url.url, alt: 'an image that was sent' })),
    parts.filter((part) => part.type === 'text').map((part) => h('p', { dir: 'auto' }, part.text)),
  );
}
