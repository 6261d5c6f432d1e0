// A rule is valid in the repository, and each of its mutations breaks it, which shows that the rule can fail.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Project } from './project.mjs';

const project = new Project();

/** In `file`, `from` (text or pattern) becomes `to`; `from` must exist. */
export const edit = (what, file, from, to) => ({
  what,
  apply: before => before.with(file, text => {
    if (from instanceof RegExp ? !from.test(text) : !text.includes(from)) throw new Error(`${file} has no ${from}`);
    return text.replace(from, to);
  }),
});

/** `text` is appended to `file`, which may be new. */
export const append = (what, file, text) => ({ what, apply: before => before.with(file, old => old + text) });

/** What two lists of names do not have in common, as problems. */
export const difference = (what, found, expected) => [
  ...found.filter(name => !expected.includes(name)).map(name => `${what} has ${name}, and should not`),
  ...expected.filter(name => !found.includes(name)).map(name => `${what} has no ${name}`),
];

/**
 * @param rules `[{ name, check: project => problems, breaks: [mutation] }]`
 */
export function table(title, rules) {
  describe(title, () => {
    for (const { name, check, breaks } of rules) {
      it(name, () => assert.deepEqual(check(project), []));
      assert.ok(breaks.length > 0, `nothing shows that "${name}" can fail`);
      for (const { what, apply } of breaks) it(`${name}; noticed: ${what}`, () => assert.notDeepEqual(check(apply(project)), []));
    }
  });
}
