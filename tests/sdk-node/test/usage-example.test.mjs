// Runs every curl and JavaScript example of USAGE_EXAMPLE.md and docs/examples.md, and compares its output with the documented one.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startGateway } from '../support/gateway.mjs';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('..', import.meta.url));
const store = mkdtempSync(join(tmpdir(), 'nano-examples-'));
const read = (file) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const blocksOf = (file) => [...read(file).matchAll(/^```(bash|js)\n([\s\S]*?)^```\n(?:```text\n([\s\S]*?)^```\n)?/gm)].map(([, language, code, output]) => ({ language, code, output }));
const blocks = ['USAGE_EXAMPLE.md', 'docs/examples.md'].flatMap(blocksOf);
const setup = blocks.find((block) => block.language === 'js' && block.output === undefined).code;
const examples = blocks.filter((block) => block.output !== undefined);
// Of other pages, those that show an output.
const shown = blocksOf('docs/api.md').filter((block) => block.language === 'bash' && block.output !== undefined);

let gateway;
before(async () => {
  // As documented, none of them needs a provider's key.
  gateway = await startGateway({ key: 'Nano', providerKeys: false, settings: { STATE_STORE: `sqlite:${join(store, 'nano.db')}` } });
});
after(async () => {
  await gateway?.stop();
  rmSync(store, { recursive: true, force: true });
});

test('the documents have examples, each with its output', () => {
  assert.ok(examples.filter((example) => example.language === 'bash').length >= 9);
  assert.ok(examples.filter((example) => example.language === 'js').length >= 9);
  assert.equal(blocks.length, examples.length + 1);
  assert.ok(shown.length > 0);
});

for (const [index, { language, code, output }] of [...examples, ...shown].entries()) {
  test(`${language} example ${index + 1}: ${code.split('\n')[0].slice(0, 70)}`, async () => {
    const here = (source) => source.replaceAll('http://localhost:7071/v1', gateway.baseURL).replaceAll('http://localhost:7071', gateway.baseURL.replace(/\/v1$/, ''));
    const { stdout } = language === 'bash'
      ? await run('bash', ['-euo', 'pipefail', '-c', here(code)], { cwd: folder })
      : await run(process.execPath, ['--input-type=module', '-e', here(setup + code)], { cwd: folder });
    assert.match(stdout.trim(), new RegExp(`^${output.trim().split('...').map(escape).join('[\\s\\S]*?')}$`));
  });
}

// Requests to nano/echo elsewhere in the documentation, without a documented output: the gateway serves them.
const pages = ['README.md', 'docs/getting-started.md', 'docs/sharing.md', 'docs/api.md', 'docs/governance.md', 'docs/caching.md'];
for (const page of pages) {
  const requests = [...read(page).matchAll(/^```bash\n(curl [\s\S]*?)^```/gm)].map(([, code]) => code)
    .filter((code) => !code.includes(' | '));
  test(`the requests of ${page} are served`, async () => {
    assert.ok(requests.length > 0);
    for (const request of requests) {
      const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', request.replaceAll(/http:\/\/(?:localhost|127\.0\.0\.1):7071\//g, gateway.baseURL.replace(/v1$/, ''))], { cwd: folder });
      // With -i, the headers come first.
      assert.equal(JSON.parse(stdout.split('\r\n\r\n').at(-1)).error, undefined, `${request}\n${stdout}`);
    }
  });
}

function escape(literal) {
  return literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
