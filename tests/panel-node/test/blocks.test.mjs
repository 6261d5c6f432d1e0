import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cells, readBlocks } from '../../../src/Core/Panel/Page/text/blocks.js';

const brief = (text, within) => readBlocks(text, within).map(({ kind, lines }) => `${kind}: ${lines.join('⏎')}`);

const CASES = [
  ['paragraphs', 'a\nb\n\nc', ['paragraph: a⏎b', 'paragraph: c']],
  ['a heading ends a paragraph', 'a\n## b ##\nc', ['paragraph: a', 'heading: b', 'paragraph: c']],
  ['seven marks are no heading, nor is one without a space', '####### a\n#b', ['paragraph: ####### a⏎#b']],
  ['rules', '---\n***\n_ _ _', ['rule: ', 'rule: ', 'rule: ']],
  ['a fence keeps what is in it', '```js\n# a\n\n- b\n```\nc', ['fence: # a⏎⏎- b', 'paragraph: c']],
  ['a fence is closed by its own mark only', '~~~~\n```\n~~~\n~~~~\na', ['fence: ```⏎~~~', 'paragraph: a']],
  ['a fence that is not closed goes to the end', '```\na\n\nb', ['fence: a⏎⏎b']],
  ['a list with what is indented', '- a\n  b\n\n  c\n- d\n\ne', ['list: - a⏎  b⏎⏎  c⏎- d', 'paragraph: e']],
  ['a number begins a list in a paragraph only as 1', 'It was\n1999. A year\n1. item', ['paragraph: It was⏎1999. A year', 'list: 1. item']],
  ['a quote goes on lazily', '> a\nb\n\nc', ['quote: a⏎b', 'paragraph: c']],
  ['a table needs its second line', '| a |\n|---|\n| 1 |\n\n| b |\nc', ['table: | a |⏎|---|⏎| 1 |', 'paragraph: | b |⏎c']],
];

for (const [name, text, expected] of CASES) test(name, () => assert.deepEqual(brief(text), expected));

test('blocks cover the text in order, so that what is rendered can be cut off', () => {
  for (const [, text] of CASES) {
    let end = 0;
    for (const block of readBlocks(text)) {
      assert.ok(block.start >= end && block.end >= block.start, text);
      assert.equal(text.slice(end, block.start).trim(), '', text);
      end = block.end;
    }
    assert.equal(text.slice(end).trim(), '', text);
  }
});

test('the rest of a line that was cut is text, whatever it looks like', () => {
  assert.deepEqual(brief('- not a list\nmore', 'paragraph'), ['paragraph: - not a list⏎more']);
  assert.deepEqual(brief('\nmore', 'paragraph'), ['paragraph: ⏎more']);
});

test('cells', () => {
  assert.deepEqual(cells('| a | b\\|c |  |'), ['a', 'b|c', '']);
  assert.equal(cells('|'.repeat(1000)).length, 60);
});

// The cost of a line is linear in its length: with a quadratic cost, each of these would take minutes.
for (const piece of ['#', '# ', '-', '- ', '`', '~', '>', '> ', '|', '|-', ':-', ' ', '\t', '1. ', '- - ', '\\|']) {
  test(`a huge line of ${JSON.stringify(piece)}`, { timeout: 60_000 }, () => {
    const line = piece.repeat(200_000);
    readBlocks(line);
    readBlocks(`a | b\n${line}\n${line}`);
    cells(line);
  });
}
