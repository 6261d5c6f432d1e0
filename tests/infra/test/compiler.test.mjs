// The results of the Bicep compiler itself: build, lint with every rule on (infra/bicepconfig.json), format, and the predicted resources of five
// sets of parameters. UPDATE_SNAPSHOTS=1 writes the snapshots again.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Copy, parameterSets, snapshots } from '../support/compiler.mjs';
import { Project } from '../support/project.mjs';
import { append, edit } from '../support/table.mjs';

const project = new Project();
const main = 'infra/main.bicep';
const app = 'infra/modules/functionApp.bicep';
const roles = 'infra/modules/roles.bicep';
const secrets = 'infra/modules/secrets.bicep';
const vault = 'infra/modules/vault.bicep';
const identity = 'infra/modules/identity.bicep';

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

  // `report` is the compiler's line about the mistake. The mistakes of one row are in one compilation, which takes seconds.
  for (const [what, mistakes] of [
    ['text that is not Bicep', [
      { ...edit('a brace that is not closed', vault, /\}\s*output id/, '\noutput id'), report: /vault\.bicep.* BCP018: Expected the "}"/ },
      { ...edit('a parameter without a type', main, 'param location string', 'param location'), report: /main\.bicep.* BCP279: / },
      { ...edit('two commas', roles, 'scope: storage\n', 'scope: storage,,\n'), report: /roles\.bicep.* BCP022: / },
      { ...append('an output of nothing', identity, '\noutput = \n'), report: /identity\.bicep.* BCP016: / },
    ]],
    ['bounds that nothing fits', [
      { ...edit('a minimum above the maximum', vault, '@minValue(7)', '@minValue(91)'), report: /vault\.bicep.* BCP331: / },
      { ...edit('a default out of bounds', main, 'param maximumInstanceCount int = 40', 'param maximumInstanceCount int = 4000'), report: /main\.bicep.* BCP327: .*4000/ },
      { ...edit('a default that is not allowed', main, 'param instanceMemoryMB int = 2048', 'param instanceMemoryMB int = 1024'), report: /main\.bicep.* BCP033: .*"1024"/ },
    ]],
    ['names that do not exist, exist twice or are not used', [
      { ...edit('a name that does not exist', main, 'retentionDays: vaultRetentionDays', 'retentionDays: vaultRetention'), report: / BCP057: The name "vaultRetention"/ },
      { ...edit('a name in a string that does not exist', main, "'rg-${environmentName}'", "'rg-${envName}'"), report: / BCP057: The name "envName"/ },
      { ...edit('a dependency that does not exist', main, '    roles\n    secrets\n', '    rolls\n    secrets\n'), report: / BCP057: The name "rolls"/ },
      { ...edit('a function that does not exist', main, 'toLower(', 'lower('), report: / BCP057: The name "lower"/ },
      { ...edit('a decorator that does not exist', main, '@secure()', '@secret()'), report: / BCP082: The name "secret"/ },
      { ...edit('a lambda that reads what it does not have', app, 'value: setting.value', 'value: entry.value'), report: /functionApp\.bicep.* BCP070: / },
      { ...edit('a name that is declared twice', main, 'var tags', 'var token = 1\nvar tags'), report: / BCP028: Identifier "token"/ },
      { ...edit('a parameter that is not used', main, '// ---- How large ----', "@description('Nothing.')\nparam nothing bool = true"), report: / no-unused-params: Parameter "nothing"/ },
      { ...edit('a variable that is not used', app, 'var settings', "var noValue = 'x'\nvar settings"), report: / no-unused-vars: Variable "noValue"/ },
      {
        ...edit('an existing resource that is not used', roles, 'guid(insights.id, appPrincipalId, monitoringMetricsPublisher)\n  scope: insights', 'guid(vault.id, appPrincipalId, monitoringMetricsPublisher)\n  scope: vault'),
        report: / no-unused-existing-resources: Existing resource "insights"/,
      },
    ]],
    ['modules, outputs and children that do not exist', [
      { ...edit('a module that does not exist', main, "'modules/vault.bicep'", "'modules/keyVault.bicep'"), report: / BCP091: .*keyVault\.bicep/ },
      { ...edit('a module that asks for more', identity, 'param name string', "param name string\n\n@description('More.')\nparam more string"), report: / BCP035: .* "more"/ },
      { ...edit('an output that the module lost', identity, 'output clientId', 'output client'), report: / BCP083: .* "clientId"/ },
      { ...edit('a child that does not exist', 'infra/modules/network.bicep', 'network::app.id', 'network::apps.id'), report: / BCP159: .* "apps"/ },
    ]],
    ['types and scopes that do not exist', [
      { ...edit('an API version of the future', vault, '@2025-05-01', '@2125-05-01'), report: /vault\.bicep.* BCP081: / },
      { ...edit('no API version', identity, '@2024-11-30', ''), report: /identity\.bicep.* BCP029: / },
      { ...edit('a type without a provider', 'infra/modules/monitoring.bicep', 'Microsoft.OperationalInsights/', ''), report: /monitoring\.bicep.* BCP029: / },
      { ...edit('another scope', main, "'subscription'", "'resourceGroup'"), report: /main\.bicep.* BCP135: / },
    ]],
  ]) {
    it(what, async () => {
      const found = await on(mistakes.reduce((changed, mistake) => mistake.apply(changed), project), copy => copy.lint());
      const missed = mistakes.filter(({ report }) => !found.some(line => / : (Warning|Error) /.test(line) && report.test(line))).map(mistake => mistake.what);
      assert.deepEqual(missed, [], `not among ${JSON.stringify(found)}`);
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

describe('Keys among the settings without a name of their own', { concurrency: 4 }, () => {
  const withSettings = settings => copy => {
    const lines = ["using '../../../infra/main.bicep'", "param environmentName = 'test'", "param location = 'swedencentral'", `param customSettings = {\n${Object.entries(settings).map(([name, value]) => `  ${name}: '${value}'`).join('\n')}\n}`];
    copy.write('tests/infra/snapshots/case.bicepparam', lines.join('\n') + '\n');
    return copy.predict('case');
  };

  for (const name of ['CUSTOM_MINE_API_KEY', 'OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'API_KEY']) {
    it(`are refused in clear text: ${name}`, async () => {
      await assert.rejects(on(project, withSettings({ CUSTOM_MINE_BASE_URL: 'https://mine.example.com/v1', [name]: 'not-a-key' })), error => {
        assert.match(error.message, new RegExp(`CUSTOM_SETTINGS has keys in clear text: ${name}\\.`));
        return true;
      });
    });
  }

  it('may be references to the vault, which the app resolves with its identity', async () => {
    const reference = '@Microsoft.KeyVault(VaultName=kv-nano;SecretName=otel-exporter-otlp-headers)';
    const predicted = await on(project, withSettings({ OTEL_EXPORTER_OTLP_HEADERS: reference, OTEL_EXPORTER_OTLP_TRACES_HEADERS: '' }));
    const site = predicted.predictedResources.find(r => r.type === 'Microsoft.Web/sites');
    assert.ok(JSON.stringify(site.properties.siteConfig.appSettings).includes(reference));
    assert.deepEqual(Object.keys(site.identity.userAssignedIdentities), [site.properties.keyVaultReferenceIdentity]);
  });
});

describe('Variables of a shell that points a client at a gateway', { concurrency: 4 }, () => {
  const withParameters = (...more) => copy => {
    copy.write('tests/infra/snapshots/case.bicepparam', ["using '../../../infra/main.bicep'", "param environmentName = 'test'", "param location = 'swedencentral'", ...more].join('\n') + '\n');
    return copy.predict('case');
  };

  for (const [parameter, name, address] of [
    ['providerSettings', 'ANTHROPIC_BASE_URL', 'http://127.0.0.1:7071'], ['providerSettings', 'OPENAI_BASE_URL', 'http://LOCALHOST:7071/v1'], ['providerSettings', 'OPENAI_BASE_URL', 'http://localhost'],
    ['customSettings', 'CUSTOM_MINE_BASE_URL', 'http://[::1]:8000/v1'],
  ]) {
    it(`are refused as settings: ${name}=${address}`, async () => {
      await assert.rejects(on(project, withParameters(`param ${parameter} = {\n  ${name}: '${address}'\n}`)), new RegExp(`Addresses of this machine, which the app cannot reach: ${name}\\.`));
    });
  }

  it('pass with other addresses', async () => {
    await on(project, withParameters("param providerSettings = {\n  OPENAI_BASE_URL: 'https://localhost.example.com/v1'\n  XAI_BASE_URL: ''\n}"));
  });
});

describe('The addresses of a deployment', { concurrency: 4 }, () => {
  for (const given of ['https://nano.example.com', 'https://nano.example.com/v1', 'https://nano.example.com/V1/']) {
    it(`are those of CUSTOM_ENDPOINT_URL=${given}`, async () => {
      const { outputs } = await on(project, copy => {
        copy.write('tests/infra/snapshots/case.bicepparam', ["using '../../../infra/main.bicep'", "param environmentName = 'test'", "param location = 'swedencentral'", `param customEndpointUrl = '${given}'`].join('\n') + '\n');
        return copy.predict('case');
      });
      assert.equal(outputs.GATEWAY_URL, 'https://nano.example.com/v1');
      assert.equal(outputs.PANEL_URL, 'https://nano.example.com/access');
      assert.deepEqual(outputs.SERVICE_GATEWAY_ENDPOINTS, ['https://nano.example.com/v1', 'https://nano.example.com/access']);
    });
  }
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
