// Markdown that grows. Complete blocks are rendered once; only the last one is rendered again as it grows. A long block
// is cut and continues in the same element, so that the cost is linear in the text's length, not quadratic.
import { isClosing, ITEM, readBlocks } from './blocks.js';
import { inline, placeToCut as placeInText } from './inline.js';
import { addCode, codeBlock, listItems, renderBlock, tableRows } from './render.js';

/** The length from which the last block is cut. */
const LONG = 3000;
/** A block that cannot be cut ends at this length, and the rest begins a new block. */
const TOO_LONG = 4 * LONG;
/** Longer input is processed in pieces, so that no block is ever much longer than that. */
const PIECE = 4000;

/**
 * @param {HTMLElement} target
 * @returns {{push: (text: string) => void, end: () => void}}
 */
export function markdownInto(target) {
  let rest = '';
  /** @type {ChildNode[]} the last block as rendered so far */
  let preview = [];
  /** @type {{kind: string, holder: HTMLElement} | null} the block that was cut, and the element where it continues */
  let going = null;
  /** @type {{code: HTMLElement, mark: string, lineBegins: boolean, empty: boolean} | null} an open code block */
  let fence = null;

  return {
    push(text) {
      clearPreview();
      for (let at = 0; at < text.length; at += PIECE) {
        rest += text.slice(at, at + PIECE);
        while (settle());
      }
      if (!fence) preview = readBlocks(rest, going?.kind).flatMap(place);
    },
    end() {
      clearPreview();
      if (fence) takeCode(true);
      readBlocks(rest, going?.kind).forEach(place);
      rest = '';
    },
  };

  function clearPreview() {
    for (const node of preview) node.remove();
    preview = [];
  }

  /** @returns {boolean} whether there may be more to settle */
  function settle() {
    if (fence) return takeCode(false);
    const blocks = readBlocks(rest, going?.kind);
    const last = blocks.pop();
    if (!last) return false;
    for (const block of blocks) place(block);
    if (last.start > 0) {
      going = null;
      rest = rest.slice(last.start);
    }
    if (last.kind === 'fence' && !last.closed && rest.includes('\n')) return openFence(last);
    return rest.length > LONG && cut(last.kind);
  }

  /** @returns {ChildNode[]} what was added to the page */
  function place(block) {
    const goesOn = going !== null && block.start === 0;
    const nodes = goesOn ? continuation(block) : [renderBlock(block)];
    (goesOn ? going.holder : target).append(...nodes);
    return nodes;
  }

  function continuation({ kind, lines }) {
    if (lines.every((line) => line === '')) return [];
    if (kind === 'list') return listItems(lines);
    if (kind === 'table') return tableRows(lines, going.holder.parentElement.tHead.rows[0].cells.length);
    if (kind === 'quote') return readBlocks(lines.join('\n')).map((block) => renderBlock(block));
    return [...inline(lines.join('\n')).childNodes];
  }

  /** The first part of the last block stays; the rest continues in its element. */
  function cut(kind) {
    const at = placeToCut(kind);
    if (at <= 0 && rest.length < TOO_LONG) return false;
    const [head] = readBlocks(at > 0 ? rest.slice(0, at) : rest, going?.kind);
    // Blanks alone are not a block: they can be dropped.
    if (!head) {
      rest = at > 0 ? rest.slice(at) : '';
      return rest.length > LONG;
    }
    const [element] = place(head);
    rest = at > 0 ? rest.slice(at) : '';
    if (at <= 0) going = null;
    else going ??= { kind, holder: kind === 'table' ? element.querySelector('tbody') : element };
    return rest.length > LONG;
  }

  function placeToCut(kind) {
    if (kind === 'table' || kind === 'quote') return rest.lastIndexOf('\n') + 1;
    if (kind === 'list') {
      // The beginning of the last item of the outermost level.
      for (let end = rest.lastIndexOf('\n'); end > 0; end = rest.lastIndexOf('\n', end - 1)) {
        const line = rest.slice(end + 1, end + 40);
        if (/^\S/.test(line) && ITEM.test(line)) return end + 1;
      }
      return 0;
    }
    if (kind !== 'paragraph') return 0;
    // The rest begins in the middle of a line. Wait for the end of an open emphasis, code or link, up to a limit.
    const { at, isOpen } = placeInText(rest);
    if (at > LONG / 2) return at;
    if (isOpen && rest.length < TOO_LONG) return 0;
    const space = rest.lastIndexOf(' ') + 1;
    if (space > LONG / 2) return space;
    // Anywhere, except inside a character.
    return /[\udc00-\udfff]/.test(rest[rest.length - 1]) ? rest.length - 2 : rest.length - 1;
  }

  function openFence(block) {
    const { element, code } = codeBlock(block.language);
    target.append(element);
    going = null;
    fence = { code, mark: block.mark, lineBegins: true, empty: true };
    rest = rest.slice(rest.indexOf('\n') + 1);
    return true;
  }

  /**
   * Adds lines to the code as they arrive. The last one is held back while it may still close the fence.
   * @returns {boolean} whether the fence was closed, and more may follow
   */
  function takeCode(ended) {
    let text = '';
    const add = (line) => {
      if (fence.lineBegins && !fence.empty) text += '\n';
      text += line;
      fence.empty = false;
    };
    let from = 0;
    let closed = false;
    for (let end; !closed && (end = rest.indexOf('\n', from)) >= 0; from = end + 1) {
      const line = rest.slice(from, end).replace(/\r$/, '');
      closed = fence.lineBegins && isClosing(line, fence.mark);
      if (!closed) add(line);
      fence.lineBegins = true;
    }
    rest = rest.slice(from);
    if (!closed && rest && (ended || !fence.lineBegins || !/^ {0,3}(?:[`~]|$)/.test(rest))) {
      closed = ended && fence.lineBegins && isClosing(rest, fence.mark);
      if (!closed) add(rest);
      fence.lineBegins = false;
      rest = '';
    }
    if (text) addCode(fence.code, text);
    if (closed || ended) fence = null;
    return closed;
  }
}
