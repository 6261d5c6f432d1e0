// Inline Markdown as nodes: code, emphasis, strike-through, links, images as links, bare addresses. Text stays text.
import { h } from '../dom.js';
import { hasControls, visibleControls } from './controls.js';
import { link } from './links.js';

const MAX_DEPTH = 6;
/** The distance to search for a closing mark: a run of unclosed marks costs its length times this, at most. */
const MAX_REACH = 2000;
const SPECIAL = /[\\`*_~[!\n]|https?:\/\//g;
const ESCAPED = /[!-/:-@[-`{-~]/;
const ADDRESS = /https?:\/\/[^\s<>"'`]+/y;
const isWord = (character) => /[\p{L}\p{N}]/u.test(character ?? '');
const LINK_TARGET = /\(\s*<?([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?:\s+"[^"\n]{0,300}"|\s+'[^'\n]{0,300}')?\s*\)/y;

/**
 * @param {string} text
 * @param {Node} [into]
 * @param {{spans: [number, number][], open: number}} [trace] receives the positions of elements, and the first mark that later
 *   text may close
 * @returns {Node} `into`, or a fragment
 */
export function inline(text, into = document.createDocumentFragment(), depth = 0, trace = undefined) {
  /** Marks whose search failed, and the position up to which: they are not searched again. */
  const missing = new Map();
  let plain = 0;
  let at = 0;
  const flush = (end) => {
    if (end > plain) into.append(text.slice(plain, end));
  };
  const put = (node, next, from = at) => {
    flush(from);
    into.append(node);
    trace?.spans.push([at, next]);
    plain = at = next;
  };
  /** An unclosed mark at `at`, which later text may close. */
  const unclosed = () => {
    if (trace && at + MAX_REACH >= text.length) trace.open = Math.min(trace.open, at);
  };
  const find = (mark, from) => {
    if ((missing.get(mark) ?? -1) >= from) return -1;
    const limit = Math.min(text.length, from + MAX_REACH);
    const found = text.slice(from, limit).indexOf(mark);
    if (found < 0) missing.set(mark, limit);
    return found < 0 ? -1 : from + found;
  };

  while (at < text.length) {
    SPECIAL.lastIndex = at;
    const next = SPECIAL.exec(text);
    if (!next) break;
    at = next.index;
    const mark = next[0][0];
    const done =
      mark === '\\' ? escape() : mark === '`' ? code() : mark === '\n' ? lineBreak() : mark === 'h' ? address() : mark === '[' || mark === '!' ? reference() : emphasis(mark);
    if (!done) at += 1;
  }
  flush(text.length);
  return into;

  function escape() {
    if (!ESCAPED.test(text[at + 1] ?? '')) return false;
    flush(at);
    plain = at + 1;
    at += 2;
    return true;
  }

  function lineBreak() {
    let end = at;
    while (end > plain && text[end - 1] === ' ') end--;
    put(h('br'), at + 1, end);
    return true;
  }

  function code() {
    const length = run(at);
    const ticks = '`'.repeat(length);
    let end = find(ticks, at + length);
    // A longer run is a different mark.
    while (end >= 0 && run(end) !== length) end = find(ticks, end + run(end));
    if (end < 0) {
      unclosed();
      at += length - 1;
      return false;
    }
    let body = text.slice(at + length, end).replaceAll('\n', ' ');
    if (body.length > 2 && body.startsWith(' ') && body.endsWith(' ') && body.trim()) body = body.slice(1, -1);
    put(h('code', null, hasControls(body) ? visibleControls(body) : body), end + length);
    return true;
  }

  function emphasis(mark) {
    const length = Math.min(3, run(at));
    const after = text[at + length] ?? ' ';
    // A mark before a space, or inside a snake_case word, is not emphasis.
    const opens = !/\s/.test(after) && !(mark === '_' && isWord(text[at - 1])) && (mark !== '~' || length === 2);
    const end = opens && depth < MAX_DEPTH ? closing(mark, length) : -1;
    if (end < 0) {
      if (opens) unclosed();
      at += run(at) - 1;
      return false;
    }
    const element = mark === '~' ? h('del') : length === 1 ? h('em') : h('strong');
    inline(text.slice(at + length, end), length === 3 ? element.appendChild(h('em')) : element, depth + 1);
    put(element, end + length);
    return true;
  }

  /** The position where a run of marks that was opened at `at` is closed. */
  function closing(mark, length) {
    for (let end = find(mark.repeat(length), at + length); end >= 0; ) {
      const found = run(end);
      const fits = length === 1 ? found !== 2 : found >= length;
      if (fits && end > at + length && !/[\s\\]/.test(text[end - 1]) && !(mark === '_' && isWord(text[end + found]))) return length === 1 ? end : end + found - length;
      end = find(mark.repeat(length), end + found);
    }
    return -1;
  }

  /** The number of repetitions of the character at this position. */
  function run(from) {
    let length = 1;
    while (text[from + length] === text[from]) length++;
    return length;
  }

  /** `[words](target)` and `![words](target)`; an image is never loaded: a link replaces it. */
  function reference() {
    const image = text[at] === '!';
    const open = image ? at + 1 : at;
    if (text[open] !== '[' || depth >= MAX_DEPTH) return false;
    const close = find('](', open + 1);
    LINK_TARGET.lastIndex = close + 1;
    const target = close < 0 ? null : LINK_TARGET.exec(text);
    if (!target) {
      unclosed();
      return false;
    }
    const words = text.slice(open + 1, close);
    if (image) put(link(target[1], `Image: ${words || target[1].slice(0, 80)}`), LINK_TARGET.lastIndex);
    else put(link(target[1], inline(words || target[1], undefined, MAX_DEPTH)), LINK_TARGET.lastIndex);
    return true;
  }

  function address() {
    // A link's text cannot contain another link.
    if (depth >= MAX_DEPTH) return false;
    ADDRESS.lastIndex = at;
    const found = ADDRESS.exec(text);
    if (!found) return false;
    // Punctuation that ends the sentence is not part of the address, nor is a bracket that was opened before it.
    let end = found[0].replace(/[.,;:!?*_~\]]+$/, '');
    if (end.endsWith(')') && !end.includes('(')) end = end.slice(0, -1);
    put(link(end, end), at + end.length);
    return true;
  }
}

/**
 * Where a long text may be cut so that its parts render like the whole: after a space or before a line's end, outside
 * of any element, and before anything that is still open.
 * @returns {{at: number, isOpen: boolean}} 0 when there is no such place; whether something is open
 */
export function placeToCut(text) {
  const trace = { spans: [], open: text.length };
  inline(text, undefined, 0, trace);
  const isOpen = trace.open < text.length;
  let span = trace.spans.length - 1;
  for (let at = trace.open; at > 0; at--) {
    while (span >= 0 && trace.spans[span][0] >= at) span--;
    if (span >= 0 && at < trace.spans[span][1]) at = trace.spans[span][0];
    if (at > 0 && (text[at] === '\n' || text[at - 1] === ' ')) return { at, isOpen };
  }
  return { at: 0, isOpen };
}
