// Splits Markdown into blocks, line by line. Independent of the page.

/**
 * @typedef {{kind: 'paragraph' | 'heading' | 'rule' | 'fence' | 'list' | 'table' | 'quote', start: number, end: number, lines: string[],
 *   level?: number, language?: string, closed?: boolean, mark?: string}} Block start and end are offsets into the text
 */

const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
const RULE = /^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([^`]*)$/;
const QUOTE = /^ {0,3}> ?/;
export const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])(?:[ \t]+|$)/;
const DELIMITER = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const BLANK = /^[ \t]*$/;
const INDENTED = /^(?: {2,}|\t)/;

/**
 * @param {string} text
 * @param {string} [within] the kind of block that continues: `paragraph`, `list`, `table`, `quote`
 * @returns {Block[]}
 */
export function readBlocks(text, within) {
  /** @type {Block[]} */
  const blocks = [];
  /** @type {Block | null} */
  let open = within ? start({ kind: within }, 0) : null;

  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const next = newline < 0 ? text.length : newline + 1;
    let line = text.slice(at, newline < 0 ? next : newline);
    if (line.endsWith('\r')) line = line.slice(0, -1);
    take(line, at, text.slice(next, next + 400));
    if (open) open.end = next;
    else if (blocks.length) blocks[blocks.length - 1].end = next;
    at = next;
  }
  return blocks;

  function start(block, at) {
    const whole = { start: at, end: at, lines: [], ...block };
    blocks.push(whole);
    return whole;
  }

  function take(line, at, following) {
    if (within === 'paragraph' && at === 0) {
      // The rest of a split line.
      open.lines.push(line);
      return;
    }
    if (open?.kind === 'fence') {
      if (isClosing(line, open.mark)) {
        open.closed = true;
        open.end = at;
        open = null;
      } else open.lines.push(line);
      return;
    }
    if (open?.kind === 'list') {
      if (BLANK.test(line)) {
        // The next line decides.
        const after = following.split('\n', 1)[0];
        if (!following || ITEM.test(after) || INDENTED.test(after) || BLANK.test(after)) open.lines.push('');
        else open = null;
        return;
      }
      if (ITEM.test(line) || INDENTED.test(line) || !(opens(line) || open.lines.at(-1) === '')) {
        if (!RULE.test(line)) {
          open.lines.push(line);
          return;
        }
      }
      open = null;
    }
    if (BLANK.test(line)) {
      open = null;
      return;
    }
    if (open?.kind === 'quote' && (QUOTE.test(line) || !opens(line))) {
      open.lines.push(line.replace(QUOTE, ''));
      return;
    }
    if (open?.kind === 'table' && line.includes('|')) {
      open.lines.push(line);
      return;
    }
    const fence = FENCE.exec(line);
    if (fence) {
      open = start({ kind: 'fence', mark: fence[1], language: fence[2].trim().split(/\s/, 1)[0].slice(0, 40), closed: false }, at);
      return;
    }
    const heading = HEADING.exec(line);
    if (heading) {
      start({ kind: 'heading', level: heading[1].length, lines: [line.slice(heading[0].length).trim().replace(/(?:^|[ \t])#+$/, '')] }, at);
      open = null;
      return;
    }
    if (RULE.test(line)) {
      start({ kind: 'rule' }, at);
      open = null;
      return;
    }
    if (QUOTE.test(line)) {
      open = start({ kind: 'quote', lines: [line.replace(QUOTE, '')] }, at);
      return;
    }
    if (ITEM.test(line) && !(open?.kind === 'paragraph' && /^ {0,3}(?!1[.)])\d/.test(line))) {
      open = start({ kind: 'list', lines: [line] }, at);
      return;
    }
    if (open?.kind !== 'paragraph' && line.includes('|') && DELIMITER.test(following.split('\n', 1)[0] ?? '') && following.split('\n', 1)[0].includes('-')) {
      open = start({ kind: 'table', lines: [line] }, at);
      return;
    }
    if (open?.kind !== 'paragraph') open = start({ kind: 'paragraph' }, at);
    open.lines.push(line);
  }
}

/** Whether a line begins a new block inside the text of another one. */
const opens = (line) => FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || ITEM.test(line);

/** @param {string} mark that opened the fence */
export function isClosing(line, mark) {
  const found = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line);
  return found !== null && found[1][0] === mark[0] && found[1].length >= mark.length;
}

/** Cells of a table's row; `\|` is a literal bar. */
export function cells(line) {
  const trimmed = line.trim().replace(/^\|/, '').replace(/(?<!\\)\|$/, '');
  return trimmed.split(/(?<!\\)\|/).slice(0, 60).map((cell) => cell.trim().replaceAll('\\|', '|'));
}
