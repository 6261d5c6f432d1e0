// The results of the Bicep compiler itself: build, lint with every rule on (infra/bicepconfig.json), format, and the predicted resources of five
// sets of parameters. UPDATE_SNAPSHOTS=1 writes the snapshots again.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Copy, parameterSets, snapshots } from '../support/compiler.mjs';
import { Project } from '../support/project.mjs';
import { edit } from '../support/table.mjs';

const project = new Project();
const main = 'infra/main.bicep';
const app = 'infra/modules/functionApp.bicep';
const roles = 'infra/modules/roles.bicep';
const secrets = 'infra/modules/secrets.bicep';
const vault = 'infra/modules/vault.bicep';

async function on(source, work) {
  const copy = new Copy(source);
  try {
    return await work(copy);
  } finally {
    copy.delete();
  }
}

describe('The compiler', { concurrency: 4 }, () => {
  it('reports no error and no warning', async () => assert.deepEqual(await on(project, copy => copy.lint()), []));

  it('has every file formatted', async () => assert.deepEqual(await on(project, copy => copy.unformatted(copy.files(project))), []));

  it('writes a secret only if the vault does not have it', async () => {
    const written = await on(project, async copy => secretsOf(await copy.template()));
    assert.deepEqual(written.map(secret => secret['@options']), [{ onlyIfNotExists: [] }]);
    assert.match(written[0].condition, /^\[not\(empty\(.*\.value\)\)\]$/, 'an empty value becomes a secret');
  });

  for (const name of parameterSets) {
    it(`predicts the resources of ${name}`, async () => {
      const predicted = await on(project, copy => copy.predict(name));
      const path = join(snapshots, `${name}.snapshot.json`);
      assert.ok(!JSON.stringify(predicted).includes('not-a-key'), 'a key is visible');
      if (process.env.UPDATE_SNAPSHOTS) writeFileSync(path, JSON.stringify(predicted, null, 2) + '\n');
      assert.deepEqual(predicted, JSON.parse(readFileSync(path, 'utf8')));
    });
  }
});

describe('The compiler notices', { concurrency: 4 }, () => {
  for (const { what, apply, code } of [
    { ...edit('an API version that does not exist', vault, 'vaults@2025-05-01', 'vaults@2025-05-02'), code: 'BCP081' },
    { ...edit('a misspelt property', vault, 'enablePurgeProtection', 'enablePurgeProtections'), code: 'BCP0(37|89)' },
    { ...edit('a value that a property cannot have', vault, "name: 'standard'", "name: 'gold'"), code: 'BCP0(36|88)' },
    { ...edit('a secret in an output', main, '@description(\'Base URL for clients.\')', '@description(\'Key.\')\noutput KEY string = apiKey\n\n@description(\'Base URL for clients.\')'), code: 'outputs-should-not-contain-secrets' },
    { ...edit('a secret parameter that is not secure', main, '@secure()\n@maxLength(512)\n@description(\'API_KEY: the key that callers send. Without it every call gets a 503 that names what to set.\')\nparam apiKey', '@maxLength(512)\n@description(\'x\')\nparam apiPassword string = \'\'\nparam apiKey'), code: 'secure-secrets-in-params' },
    { ...edit('a default among the secrets', main, "param apiKey string = ''", "param apiKey string = 'Nano'"), code: 'secure-parameter-default' },
    { ...edit('a parameter that a module does not have', main, '    retentionDays: vaultRetentionDays\n', '    retentionDays: vaultRetentionDays\n    days: 7\n'), code: 'BCP037' },
    { ...edit('a parameter that a module misses', main, '    retentionDays: vaultRetentionDays\n', ''), code: 'BCP035' },
    { ...edit('an output that a module does not have', main, 'vault.outputs.uri', 'vault.outputs.url'), code: 'BCP083' },
    { ...edit('a conditional module that is read as if it were always there', main, 'network!.outputs.appSubnetId', 'network.outputs.appSubnetId'), code: 'BCP318' },
    { ...edit('a parameter that is not used', app, 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: string(requestBodyLimitBytes)', "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1'"), code: 'no-unused-params' },
    { ...edit('an object of any shape', app, 'param tags { *: string }', 'param tags object'), code: 'use-user-defined-types' },
  ]) {
    it(what, async () => {
      const found = await on(apply(project), copy => copy.lint());
      assert.ok(found.some(line => new RegExp(` : (Warning|Error) ${code}: `).test(line)), `${code} is not among ${JSON.stringify(found)}`);
    });
  }

  it('a file that is not formatted', async () => {
    const changed = edit('', vault, 'enableSoftDelete: true', 'enableSoftDelete:   true').apply(project);
    assert.deepEqual(await on(changed, copy => copy.unformatted([vault])), [vault]);
  });

  it('a role that is missing', async () => {
    const changed = edit('', roles, /resource appOnVault[^]*?\n\}\n/, '').apply(project);
    assert.notDeepEqual(await on(changed, copy => copy.predict('default')), JSON.parse(readFileSync(join(snapshots, 'default.snapshot.json'), 'utf8')));
  });

  it('a secret that is written over', async () => {
    const changed = edit('', secrets, '@onlyIfNotExists()\n', '').apply(project);
    assert.deepEqual((await on(changed, async copy => secretsOf(await copy.template()))).map(secret => secret['@options']), [undefined]);
  });
});

/**
 * Measured on the real host: 300 MB for a body of 31 MB that has a Content-Length, and 2.3 GB for eight of them; 16 killed an instance of
 * 2048 MB (docs/azure.md, "Large bodies"). The worker keeps up to two copies. Host and worker use about 300 MB when idle.
 */
describe('The bodies that an instance holds at once', { concurrency: 4 }, () => {
  const copiesOfABody = 12;
  const idleBytes = 300_000_000;
  const megabyte = 1048576;

  const withParameters = (memory, concurrency, bytes) => copy => {
    const lines = ["using '../../../infra/main.bicep'", "param environmentName = 'test'", "param location = 'swedencentral'", `param instanceMemoryMB = ${memory}`];
    if (concurrency !== undefined) lines.push(`param httpConcurrencyPerInstance = ${concurrency}`);
    if (bytes !== undefined) lines.push(`param maxRequestBytes = ${bytes}`);
    copy.write('tests/infra/snapshots/case.bicepparam', lines.join('\n') + '\n');
    return copy.predict('case');
  };

  const siteOf = predicted => predicted.predictedResources.find(r => r.type === 'Microsoft.Web/sites');
  const concurrencyOf = site => site.properties.functionAppConfig.scaleAndConcurrency.triggers.http.perInstanceConcurrency;
  const settingOf = (site, name) => Number(new RegExp(`'${name}', 'value', '(\\d+)'`).exec(site.properties.siteConfig.appSettings)[1]);

  for (const memory of [512, 2048, 4096]) {
    it(`fit into an instance of ${memory} MB by default`, async () => {
      const site = siteOf(await on(project, withParameters(memory)));
      const bytes = settingOf(site, 'MAX_REQUEST_BYTES');
      assert.equal(settingOf(site, 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT'), bytes);
      assert.ok(concurrencyOf(site) * bytes * copiesOfABody + idleBytes <= memory * megabyte, `${concurrencyOf(site)} bodies of ${bytes} bytes`);
    });
  }

  for (const [memory, concurrency, mebibytes] of [[512, 1, 16], [512, 16, 1], [2048, 2, 32], [2048, 64, 1], [4096, 4, 32]]) {
    it(`may be ${concurrency} of ${mebibytes} MiB in ${memory} MB`, async () => {
      assert.equal(concurrencyOf(siteOf(await on(project, withParameters(memory, concurrency, mebibytes * megabyte)))), concurrency);
    });
  }

  for (const [memory, concurrency, mebibytes] of [[2048, 8, 32], [2048, 32, 16], [2048, 16, 32], [2048, 32, undefined], [512, 8, undefined], [4096, 8, 32], [2048, undefined, 5]]) {
    it(`may not be ${concurrency ?? 'the default number'} of ${mebibytes ?? 'the default'} MiB in ${memory} MB`, async () => {
      await assert.rejects(on(project, withParameters(memory, concurrency, mebibytes && mebibytes * megabyte)), /MAX_REQUEST_BYTES .* is more than/);
    });
  }
});

/** Resources of a type in the template and all nested ones. */
function secretsOf(template) {
  const resources = Object.values(template.resources ?? {});
  return resources.flatMap(r => [...(r.type === 'Microsoft.KeyVault/vaults/secrets' ? [r] : []), ...(r.properties?.template ? secretsOf(r.properties.template) : [])]);
}
