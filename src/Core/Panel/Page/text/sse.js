// Server-sent events as in the WHATWG HTML standard (section 9.2.6): any split of the bytes gives the same events.

/**
 * @param {{onData: (data: string) => void, onComment?: (text: string) => void}} listener
 * @returns {{push: (bytes: Uint8Array) => string, end: () => void}} push returns the text that it decoded
 */
export function sseParser({ onData, onComment }) {
  const decoder = new TextDecoder();
  /** The incomplete line, in pieces: joined once, so that a huge line costs linear time. */
  let pieces = [];
  let data = [];
  let afterReturn = false;

  function line(text) {
    if (text === '') {
      if (data.length) onData(data.join('\n'));
      data = [];
    } else if (text[0] === ':') onComment?.(text.slice(text[1] === ' ' ? 2 : 1));
    else {
      const colon = text.indexOf(':');
      const name = colon < 0 ? text : text.slice(0, colon);
      if (name !== 'data') return;
      const value = colon < 0 ? '' : text.slice(colon + 1);
      data.push(value[0] === ' ' ? value.slice(1) : value);
    }
  }

  function read(text) {
    let from = 0;
    if (afterReturn && text[0] === '\n') from = 1;
    if (text) afterReturn = false;
    const ends = /\r\n|\r|\n/g;
    ends.lastIndex = from;
    for (let found; (found = ends.exec(text)); ) {
      pieces.push(text.slice(from, found.index));
      const whole = pieces.join('');
      pieces = [];
      from = ends.lastIndex;
      // Its line feed may come with the next bytes.
      afterReturn = found[0] === '\r' && from === text.length;
      line(whole);
    }
    if (from < text.length) pieces.push(text.slice(from));
    return text;
  }

  return {
    push: (bytes) => read(decoder.decode(bytes, { stream: true })),
    /** An event without its blank line is dropped, as the standard requires. */
    end: () => void read(decoder.decode()),
  };
}
