import { h } from '../dom.js';

const SCHEMES = new Set(['http:', 'https:', 'mailto:']);

/**
 * @param {string} address as a model wrote it
 * @returns {string | null} null unless it is a plain external address: scripts, data, files and relative paths are rejected
 */
function safeAddress(address) {
  if (address.length > 2048) return null;
  try {
    const url = new URL(address);
    return SCHEMES.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A link without a referrer; text that is not a safe address stays text. */
export function link(address, ...children) {
  const href = safeAddress(address);
  if (href === null) return h('span', { title: address.slice(0, 200) }, children);
  return h('a', { href, rel: 'noopener noreferrer nofollow', target: '_blank', title: href }, children);
}
