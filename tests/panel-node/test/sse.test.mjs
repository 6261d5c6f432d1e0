import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sseParser } from '../../../src/Core/Panel/Page/text/sse.js';

function read(pieces) {
  const seen = [];
  const parser = sseParser({ onData: (data) => seen.push(data), onComment: (text) => seen.push(`: ${text}`) });
  for (const piece of pieces) parser.push(piece);
  parser.end();
  return seen;
}

const CASES = [
  ['one event', 'data: a\n\n', ['a']],
  ['several lines of data', 'data: a\ndata: b\ndata\n\n', ['a\nb\n']],
  ['carriage returns', 'data: a\r\n\r\ndata: b\r\r', ['a', 'b']],
  ['no space, and one only is taken', 'data:a\n\ndata:  b\n\n', ['a', ' b']],
  ['comments and other fields', ': keep-alive\nevent: x\nid: 1\nretry: 5\ndata: a\n\n:x-nano-loss: dropped=seed\n\n', [': keep-alive', 'a', ': x-nano-loss: dropped=seed']],
  ['an event that is not ended', 'data: a\n\ndata: b\n', ['a']],
  ['no data, no event', 'event: ping\n\n\n\n', []],
  ['characters of several bytes', 'data: é你🙂\n\n', ['é你🙂']],
  ['a byte order mark', '\ufeffdata: a\n\n', ['a']],
  ['separators that are no line ends', 'data: a\u2028b\u0085c\n\n', ['a\u2028b\u0085c']],
];

for (const [name, text, expected] of CASES) {
  test(`${name}, at once and cut anywhere`, () => {
    const bytes = new TextEncoder().encode(text);
    assert.deepEqual(read([bytes]), expected);
    assert.deepEqual(read([...bytes].map((byte) => Uint8Array.of(byte))), expected);
    for (let cut = 1; cut < bytes.length; cut++) assert.deepEqual(read([bytes.slice(0, cut), bytes.slice(cut)]), expected, `cut at ${cut}`);
  });
}
