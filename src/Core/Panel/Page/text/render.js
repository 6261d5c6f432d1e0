// One block of Markdown as one element.
import { copyButton } from '../clipboard.js';
import { append, h } from '../dom.js';
import { cells, ITEM, readBlocks } from './blocks.js';
import { hasControls, visibleControls } from './controls.js';
import { inline } from './inline.js';

const MAX_DEPTH = 5;

/** @param {import('./blocks.js').Block} block */
export function renderBlock(block, depth = 0) {
  const text = block.lines.join('\n');
  switch (block.kind) {
    case 'heading':
      // The page's own headings end at level 3.
      return h(/** @type {any} */ (`h${Math.min(6, block.level + 3)}`), { dir: 'auto', class: `heading-${block.level}` }, inline(text));
    case 'rule':
      return h('hr');
    case 'fence': {
      const { element, code } = codeBlock(block.language);
      addCode(code, text);
      return element;
    }
    case 'list':
      return depth < MAX_DEPTH ? list(block.lines, depth) : paragraph(text);
    case 'table':
      return table(block.lines);
    case 'quote':
      return depth < MAX_DEPTH ? h('blockquote', { dir: 'auto' }, readBlocks(text).map((inner) => renderBlock(inner, depth + 1))) : paragraph(text);
    default:
      return paragraph(text);
  }
}

const paragraph = (text) => inline(text, h('p', { dir: 'auto' }));

/** A frame with the language and a copy button; `code` receives the text. */
export function codeBlock(language = '') {
  const code = h('code');
  const element = h(
    'div',
    { class: 'code-block', dir: 'ltr' },
    h('div', { class: 'code-head' }, h('span', null, language || 'text'), copyButton('Copy the code', () => original(code), { compact: true })),
    h('pre', { tabindex: '0', role: 'group', 'aria-label': language ? `Code, ${language}` : 'Code' }, code),
  );
  return { element, code };
}

/** Appends to code: plain text goes to the last text node, so that a long block costs linear time. */
export function addCode(code, text) {
  if (hasControls(text)) append(code, visibleControls(text));
  else if (code.lastChild instanceof Text && code.lastChild.length < 20_000) code.lastChild.appendData(text);
  else code.append(text);
}

/** The text before its control characters were made visible. */
function original(code) {
  let text = '';
  for (const node of code.childNodes) text += node instanceof Text ? node.data : String.fromCharCode(parseInt(node.textContent.slice(2), 16));
  return text;
}

function list(lines, depth) {
  const first = ITEM.exec(lines[0]);
  const number = first && /^\d/.test(first[2]) ? Number.parseInt(first[2], 10) : null;
  const element = number === null ? h('ul', { dir: 'auto' }) : h('ol', { dir: 'auto', start: number === 1 ? null : String(number) });
  return append(element, listItems(lines, depth));
}

export function listItems(lines, depth = 0) {
  return items(lines).map((item) => {
    const task = /^\[([ xX])\][ \t]+/.exec(item[0]);
    if (task) item[0] = item[0].slice(task[0].length);
    const blocks = readBlocks(item.join('\n'));
    const element = h('li', { class: task ? 'task' : null });
    if (task) element.append(h('span', { class: 'task-mark', role: 'img', 'aria-label': task[1] === ' ' ? 'to do' : 'done' }, task[1] === ' ' ? '☐' : '☑'), ' ');
    blocks.forEach((inner, index) => {
      // A tight item contains only its text.
      if (index === 0 && inner.kind === 'paragraph') inline(inner.lines.join('\n'), element);
      else element.append(renderBlock(inner, depth + 1));
    });
    return element;
  });
}

/** Lines of each item, without its mark and indent. */
function items(lines) {
  const found = [];
  let indent = 0;
  for (const line of lines) {
    const item = ITEM.exec(line);
    const before = line.search(/\S/);
    if (item && (found.length === 0 || before < indent)) {
      indent = item[0].length;
      found.push([line.slice(item[0].length)]);
    } else if (found.length === 0) found.push([line]);
    else found[found.length - 1].push(before >= indent ? line.slice(indent) : line.trimStart());
  }
  return found;
}

function table(lines) {
  const [head, delimiter, ...rows] = lines;
  const sides = cells(delimiter ?? '').map((mark) => (mark.endsWith(':') ? (mark.startsWith(':') ? 'center' : 'end') : null));
  // As many cells as the header has: a row may be shorter or longer.
  const width = cells(head).length;
  return h(
    'div',
    { class: 'table-scroll', tabindex: '0', role: 'group', 'aria-label': 'Table' },
    h('table', null, h('thead', null, row(head, 'th', width, sides)), h('tbody', null, tableRows(rows, width, sides))),
  );
}

export const tableRows = (lines, width, sides = []) => lines.filter((line) => line !== '').map((line) => row(line, 'td', width, sides));

function row(line, tag, width, sides) {
  const found = cells(line);
  const cell = (_, i) => inline(found[i] ?? '', h(tag, { dir: 'auto', data: sides[i] ? { side: sides[i] } : null, scope: tag === 'th' ? 'col' : null }));
  return h('tr', null, Array.from({ length: width }, cell));
}
