// Who may do what, and where secrets go.
import { namesIn, nodes } from '../support/bicep.mjs';
import { at, ofType } from '../support/resources.mjs';
import { append, edit } from '../support/table.mjs';

const main = 'infra/main.bicep';
const app = 'infra/modules/functionApp.bicep';
const roles = 'infra/modules/roles.bicep';
const secrets = 'infra/modules/secrets.bicep';
const monitoring = 'infra/modules/monitoring.bicep';

/** From the documentation of built-in roles. */
const roleNames = {
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': 'Storage Blob Data Owner',
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': 'Storage Table Data Contributor',
  '4633458b-17de-408a-b874-0445c86b69e6': 'Key Vault Secrets User',
  'b86a8fe4-44ce-4948-aee5-eccb2c155cd7': 'Key Vault Secrets Officer',
  '3913510d-42f4-4e42-8a64-420c390055eb': 'Monitoring Metrics Publisher',
};

/** Role, resource, principal, principal type, condition: the complete list. */
const assignments = [
  'Storage Blob Data Owner on storage to appPrincipalId as ServicePrincipal',
  'Storage Table Data Contributor on storage to appPrincipalId as ServicePrincipal',
  'Key Vault Secrets User on vault to appPrincipalId as ServicePrincipal',
  'Monitoring Metrics Publisher on insights to appPrincipalId as ServicePrincipal',
  'Key Vault Secrets Officer on vault to vaultWriterId as User if (!empty(vaultWriterId))',
];

function roleAssignments(project) {
  const found = ofType(project, 'Microsoft.Authorization/roleAssignments');
  const file = project.bicep(roles);
  const ids = Object.fromEntries(file.variables.map(v => [v.name, v.value]));
  const problems = found.filter(r => r.file !== roles).map(r => `${r.file}: role assignments are in roles.bicep`);
  const lines = found.map(r => {
    const variable = /^subscriptionResourceId\('Microsoft\.Authorization\/roleDefinitions', (\w+)\)$/.exec(at(r, 'properties.roleDefinitionId'))?.[1];
    const [scope, principal] = [at(r, 'scope'), at(r, 'properties.principalId')];
    if (at(r, 'name') !== `guid(${scope}.id, ${principal}, ${variable})`) problems.push(`${r.name}: its name is not made of its scope, principal and role`);
    return `${roleNames[ids[variable]] ?? ids[variable]} on ${scope} to ${principal} as ${at(r, 'properties.principalType')}${r.condition ? ` if ${r.condition}` : ''}`;
  });
  return [...problems, ...lines.filter(l => !assignments.includes(l)).map(l => `too much: ${l}`), ...assignments.filter(a => !lines.includes(a)).map(a => `missing: ${a}`)];
}

/** The principals of the roles: the app's identity, and a person who deploys. */
function principals(project) {
  const params = project.main.modules.find(m => m.path === 'modules/roles.bicep')?.value.params ?? {};
  const expected = {
    appPrincipalId: 'identity.outputs.principalId',
    vaultWriterId: "principalType == 'User' ? principalId : ''",
    storageName: 'storageName', vaultName: 'vaultName', insightsName: 'insightsName',
  };
  const names = Object.fromEntries(project.main.variables.map(v => [v.name, String(v.value)]));
  const given = path => String(project.main.modules.find(m => m.path === path)?.value.params?.name ?? '');
  if (given('modules/storage.bicep') !== 'storageName' || given('modules/vault.bicep') !== 'vaultName' || !names.insightsName) return ['resources have other names than the roles look for'];
  return Object.entries(expected).filter(([name, text]) => params[name]?.text !== text).map(([name]) => `${name} is ${params[name]}`);
}

/** The targets of a secret parameter: only secure parameters of modules, and the value of a secret in the vault. */
function secretsFlow(project) {
  const problems = [];
  for (const file of project.bicepFiles) {
    const secure = new Set(file.parameters.filter(p => p.decorators.secure).map(p => p.name));
    for (const p of file.parameters) {
      if (/(key|secret|password|token|connectionstring)s?$/i.test(p.name) && !secure.has(p.name) && !notSecret.includes(p.name)) problems.push(`${file.file}: ${p.name} is not @secure()`);
      if (secure.has(p.name) && p.default !== undefined && p.default !== '' && JSON.stringify(p.default) !== '{}') problems.push(`${file.file}: ${p.name} has a default`);
    }
    const holds = node => namesIn(node).some(name => secure.has(name));
    for (const v of file.variables) if (holds(v.node)) problems.push(`${file.file}: the variable ${v.name} holds a secret`);
    for (const o of file.outputs) if (holds(o.node)) problems.push(`${file.file}: the output ${o.name} gives a secret away`);
    for (const m of file.modules) problems.push(...moduleSecrets(project, file, m, secure));
    for (const r of file.resources) {
      const reads = [...nodes(r.node)].filter(n => n.type === 'identifier' && (secure.has(n.text)));
      if (reads.length > 0 && r.type !== 'Microsoft.KeyVault/vaults/secrets') problems.push(`${file.file}: ${r.name} reads a secret`);
    }
  }
  return problems;
}

/** An address with an instrumentation key that no service accepts (DisableLocalAuth). */
const notSecret = ['insightsConnectionString'];

const properties = object => object?.namedChildren.filter(child => child.type === 'object_property') ?? [];

function moduleSecrets(project, file, module, secure) {
  const target = project.has(`infra/${module.path}`) ? project.bicep(`infra/${module.path}`) : { parameters: [] };
  const problems = [];
  const params = properties(module.object).find(p => p.namedChildren[0].text === 'params')?.namedChildren.at(-1);
  for (const property of properties(module.object)) {
    if (property.namedChildren[0].text !== 'params' && namesIn(property).some(name => secure.has(name))) problems.push(`${file.file}: module ${module.name} shows a secret in ${property.namedChildren[0].text}`);
  }
  for (const property of properties(params)) {
    const given = property.namedChildren[0].text;
    const into = target.parameters.find(p => p.name === given);
    const isSecret = namesIn(property.namedChildren.at(-1)).some(name => secure.has(name));
    if (isSecret && !into?.decorators.secure) problems.push(`${file.file}: a secret goes to ${module.name}.${given}, which is not @secure()`);
    if (!isSecret && into?.decorators.secure) problems.push(`${file.file}: ${module.name}.${given} is @secure(), and what it gets is not`);
  }
  if (module.path === 'modules/secrets.bicep') {
    const given = properties(params).find(p => p.namedChildren[0].text === 'values');
    for (const name of given ? namesIn(given) : []) if (!secure.has(name)) problems.push(`${file.file}: ${name} becomes a secret, and is no @secure() parameter`);
    if (given && [...nodes(given)].some(n => n.type === 'string')) problems.push(`${file.file}: a text in the file becomes a secret`);
  }
  return problems;
}

export default [
  {
    name: 'secrets are secure parameters from end to end',
    check: secretsFlow,
    breaks: [
      edit('a key that is not secure', main, '@secure()\n@maxLength(512)', '@maxLength(512)'),
      edit('keys that are not secure', main, "@secure()\n@description('Keys of providers", "@description('Keys of providers"),
      edit('a default among the keys', main, 'param providerKeys { *: string } = {}', "param providerKeys { *: string } = { OPENAI_API_KEY: 'sk' }"),
      edit('a module that takes secrets and is not secure', secrets, '@secure()\n', ''),
      edit('a default key', main, "param apiKey string = ''", "param apiKey string = 'Nano'"),
      edit('an output of a key', main, "output GATEWAY_URL string = '${address}/v1'", "output GATEWAY_URL string = '${address}/v1?key=${apiKey}'"),
      edit('keys among the app settings', main, 'union(reachableSettings, {', 'union(reachableSettings, providerKeys, {'),
      edit('a key in a variable', main, 'var tags', 'var copy = apiKey\nvar tags'),
      edit('a secret from a value that is not secret', main, '{ API_KEY: apiKey }', '{ API_KEY: environmentName }'),
      edit('a secret that is in the file', main, '{ API_KEY: apiKey }', "{ API_KEY: apiKey, ADMIN_KEY: 'Nano' }"),
      edit('a key in the name of a deployment', main, "module secrets 'modules/secrets.bicep' = {\n", "module secrets 'modules/secrets.bicep' = {\n  name: 'secrets-${apiKey}'\n"),
      edit('a key in a tag', 'infra/modules/secrets.bicep', 'resource vault', "output first string = values.API_KEY\nresource vault"),
    ],
  },
  {
    name: 'a secret is made only of a value that was given, and called as the gateway looks for it',
    check: project => ofType(project, 'Microsoft.KeyVault/vaults/secrets').length === 1
      ? ofType(project, 'Microsoft.KeyVault/vaults/secrets').flatMap(r => [
        ...(r.condition === '(!empty(entry.value))' && r.loop?.over === 'items(values)' ? [] : ['an empty value becomes a secret']),
        ...(at(r, 'name') === "replace(toLower(entry.key), '_', '-')" ? [] : ['the name is not the setting in kebab case']),
        ...(at(r, 'properties.value') === 'entry.value' ? [] : ['the value is another one']),
      ])
      : ['there is not one place where secrets are made'],
    breaks: [
      edit('an empty one too', secrets, 'if (!empty(entry.value)) {', 'if (true) {'),
      edit('another name', secrets, "'_', '-'", "'_', ''"),
      edit('a value that is made up', secrets, 'value: entry.value\n', "value: empty(entry.value) ? 'Nano' : entry.value\n"),
      append('a second place', monitoring, "\nresource more 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = {\n  name: 'x'\n}\n"),
    ],
  },
  {
    name: 'roles are those listed here, each on one resource',
    check: project => [...roleAssignments(project), ...principals(project)],
    breaks: [
      edit('a role less', roles, /resource appOnVault[^]*?\n\}\n/, ''),
      edit('another role', roles, '4633458b-17de-408a-b874-0445c86b69e6', '00482a5a-887f-4fb3-b363-3b7fe8e74483'),
      edit('the same role on the whole group', roles, '  scope: vault\n', ''),
      edit('a name that changes', roles, 'guid(storage.id, appPrincipalId, storageBlobDataOwner)', 'guid(deployment().name)'),
      edit('a writer without a condition', roles, 'if (!empty(vaultWriterId)) ', ''),
      edit('the app may write secrets', main, "vaultWriterId: principalType == 'User' ? principalId : ''", 'vaultWriterId: identity.outputs.principalId'),
      append('an assignment elsewhere', monitoring, "\nresource more 'Microsoft.Authorization/roleAssignments@2022-04-01' = {\n  name: guid(insights.id)\n}\n"),
    ],
  },
  {
    name: 'no key and no password in any file',
    check: project => project.paths(/^(infra|\.github|azure\.yaml)/).flatMap(path => {
      const found = /\blist\w*\(|AccountKey=|SharedAccess|InstrumentationKey=|-----BEGIN|\bsk-[A-Za-z0-9]{8}|client-secret|AZURE_CREDENTIALS|publish-profile/i.exec(project.text(path));
      return found ? [`${path}: ${found[0]}`] : [];
    }),
    breaks: [
      edit('keys of a resource', 'infra/modules/storage.bicep', 'account.id', 'account.listKeys().keys[0].value'),
      edit('credentials of a resource', main, 'var tags', "var site = list('x', '2025-03-01')\nvar tags"),
      edit('the key of the account', app, 'storage.properties.primaryEndpoints.blob\n', "'DefaultEndpointsProtocol=https;AccountKey=${storage.listKeys().keys[0].value}'\n"),
      append('a password for the pipeline', '.github/workflows/deploy.yml', '\n# ${{ secrets.AZURE_CREDENTIALS }}\n'),
    ],
  },
];
