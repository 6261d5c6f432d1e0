// Who may do what, and what is off: by the words of the resource types' references (Microsoft.Storage, .KeyVault, .Web, .Authorization).
import { Expression, namesIn, nodes } from '../support/bicep.mjs';
import { append, edit } from '../support/table.mjs';

const main = 'infra/main.bicep';
const app = 'infra/modules/functionApp.bicep';
const roles = 'infra/modules/roles.bicep';
const storage = 'infra/modules/storage.bicep';
const vault = 'infra/modules/vault.bicep';
const secrets = 'infra/modules/secrets.bicep';
const monitoring = 'infra/modules/monitoring.bicep';
const network = 'infra/modules/network.bicep';
const endpoint = 'infra/modules/privateEndpoint.bicep';

/** What the resource has at `a.b.c`; an expression as it is written. */
function at(resource, path) {
  const value = path.split('.').reduce((object, key) => (object instanceof Expression ? undefined : object?.[key]), resource.value);
  return value instanceof Expression ? value.text.replace(/\s+/g, ' ') : value;
}

const own = project => project.bicepFiles.flatMap(file => file.resources.filter(r => !r.existing).map(r => ({ ...r, file: file.file })));

const ofType = (project, type) => own(project).filter(r => r.type === type);

/** Every resource of the type has these values; there is at least one. */
const facts = (type, expected) => project => {
  const found = ofType(project, type);
  if (found.length === 0) return [`there is no ${type}`];
  return found.flatMap(resource => Object.entries(expected)
    .filter(([path, value]) => JSON.stringify(at(resource, path)) !== JSON.stringify(value))
    .map(([path, value]) => `${resource.file}: ${path} is ${JSON.stringify(at(resource, path))} and not ${JSON.stringify(value)}`));
};

/** Of the documentation of built-in roles. */
const roleNames = {
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': 'Storage Blob Data Owner',
  '4633458b-17de-408a-b874-0445c86b69e6': 'Key Vault Secrets User',
  'b86a8fe4-44ce-4948-aee5-eccb2c155cd7': 'Key Vault Secrets Officer',
  '3913510d-42f4-4e42-8a64-420c390055eb': 'Monitoring Metrics Publisher',
};

/** Role, on what, to whom, as what, when: all there are. */
const assignments = [
  'Storage Blob Data Owner on storage to appPrincipalId as ServicePrincipal',
  'Key Vault Secrets User on vault to appPrincipalId as ServicePrincipal',
  'Monitoring Metrics Publisher on insights to appPrincipalId as ServicePrincipal',
  'Key Vault Secrets Officer on vault to secretWriterId as User if (!empty(secretWriterId))',
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

/** What the roles go to: the app's identity, and a person who deploys. */
function principals(project) {
  const params = project.main.modules.find(m => m.path === 'modules/roles.bicep')?.value.params ?? {};
  const expected = {
    appPrincipalId: 'identity.outputs.principalId',
    secretWriterId: "principalType == 'User' ? principalId : ''",
    storageName: 'storage.outputs.name', vaultName: 'vault.outputs.name', insightsName: 'monitoring.outputs.insightsName',
  };
  return Object.entries(expected).filter(([name, text]) => params[name]?.text !== text).map(([name]) => `${name} is ${params[name]}`);
}

/** Where a secret parameter goes: only into secure parameters of modules, and into the value of a secret in the vault. */
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

/** An address with an instrumentation key that is taken nowhere (DisableLocalAuth). */
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

/** Flex Consumption refuses these in siteConfig (ARM error 51021 in newer regions) or decides them itself. */
const refusedBySite = [
  'alwaysOn', 'ftpsState', 'functionAppScaleLimit', 'functionsRuntimeScaleMonitoringEnabled', 'javaVersion', 'linuxFxVersion', 'netFrameworkVersion',
  'nodeVersion', 'phpVersion', 'powerShellVersion', 'preWarmedInstanceCount', 'pythonVersion', 'use32BitWorkerProcess', 'windowsFxVersion',
];

const publishing = project => ['ftp', 'scm'].flatMap(name => {
  const policies = ofType(project, 'Microsoft.Web/sites/basicPublishingCredentialsPolicies').filter(r => at(r, 'name') === name);
  return policies.length === 1 && at(policies[0], 'properties.allow') === false ? [] : [`user name and password are not off for ${name}`];
});

const privateSwitch = project => {
  const params = path => project.main.modules.filter(m => m.path === path).map(m => m.value.params);
  const endpoints = project.main.modules.filter(m => m.path === 'modules/privateEndpoint.bicep');
  return [
    ...['modules/storage.bicep', 'modules/vault.bicep'].filter(path => params(path)[0]?.publicAccess?.text !== '!virtualNetworkEnabled').map(path => `${path} does not follow the switch`),
    ...(endpoints.map(e => `${e.value.params.groupId}: ${e.value.params.targetId}`).sort().join() === 'blob: storage.outputs.id,vault: vault.outputs.id' ? [] : ['the endpoints are not blob and vault']),
    ...[...endpoints, ...project.main.modules.filter(m => m.path === 'modules/network.bicep')].filter(m => m.condition !== '(virtualNetworkEnabled)').map(m => `${m.name} is there without the switch`),
    ...(params('modules/functionApp.bicep')[0]?.subnetId?.text === "virtualNetworkEnabled ? network!.outputs.appSubnetId : ''" ? [] : ['the app does not join the network']),
  ];
};

export default [
  {
    name: 'secrets are secure parameters from end to end',
    check: secretsFlow,
    breaks: [
      edit('a key that is not secure', main, '@secure()\n@maxLength(512)', '@maxLength(512)'),
      edit('keys that are not secure', main, "@secure()\n@description('Keys of providers", "@description('Keys of providers"),
      edit('a default among the keys', main, 'param providerKeys object = {}', "param providerKeys object = { OPENAI_API_KEY: 'sk' }"),
      edit('a module that takes secrets and is not secure', secrets, '@secure()\n', ''),
      edit('a default key', main, "param apiKey string = ''", "param apiKey string = 'Nano'"),
      edit('an output of a key', main, "output GATEWAY_URL string = '${address}/v1'", "output GATEWAY_URL string = '${address}/v1?key=${apiKey}'"),
      edit('keys among the app settings', main, 'union(customSettings, providerSettings, {', 'union(customSettings, providerKeys, {'),
      edit('a key in a variable', main, 'var tags', 'var copy = apiKey\nvar tags'),
      edit('a secret of what is no secret', main, '{ API_KEY: apiKey }', '{ API_KEY: environmentName }'),
      edit('a secret that is in the file', main, '{ API_KEY: apiKey }', "{ API_KEY: apiKey, ADMIN_KEY: 'Nano' }"),
      edit('a key in the name of a deployment', main, "name: 'secrets'", "name: 'secrets-${apiKey}'"),
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
      edit('a value that is made up', secrets, 'value: entry.value\n    contentType', "value: empty(entry.value) ? 'Nano' : entry.value\n    contentType"),
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
      edit('a writer without a condition', roles, 'if (!empty(secretWriterId)) ', ''),
      edit('the app may write secrets', main, "secretWriterId: principalType == 'User' ? principalId : ''", 'secretWriterId: identity.outputs.principalId'),
      append('an assignment elsewhere', monitoring, "\nresource more 'Microsoft.Authorization/roleAssignments@2022-04-01' = {\n  name: guid(insights.id)\n}\n"),
    ],
  },
  {
    name: 'storage: Entra ID only, TLS 1.2, nothing public',
    check: facts('Microsoft.Storage/storageAccounts', {
      'properties.allowSharedKeyAccess': false,
      'properties.allowBlobPublicAccess': false,
      'properties.defaultToOAuthAuthentication': true,
      'properties.isLocalUserEnabled': false,
      'properties.allowCrossTenantReplication': false,
      'properties.minimumTlsVersion': 'TLS1_2',
      'properties.supportsHttpsTrafficOnly': true,
      'properties.publicNetworkAccess': "publicAccess ? 'Enabled' : 'Disabled'",
      'properties.networkAcls.defaultAction': "publicAccess ? 'Allow' : 'Deny'",
      'properties.networkAcls.bypass': 'None',
    }),
    breaks: [
      edit('shared keys', storage, 'allowSharedKeyAccess: false', 'allowSharedKeyAccess: true'),
      edit('shared keys by default', storage, '    allowSharedKeyAccess: false\n', ''),
      edit('TLS 1.0', storage, 'TLS1_2', 'TLS1_0'),
      edit('public blobs', storage, 'allowBlobPublicAccess: false', 'allowBlobPublicAccess: true'),
      edit('http', storage, 'supportsHttpsTrafficOnly: true', 'supportsHttpsTrafficOnly: false'),
      edit('open, whatever the switch says', storage, "publicAccess ? 'Allow' : 'Deny'", "'Allow'"),
    ],
  },
  {
    name: 'containers are not public',
    check: facts('Microsoft.Storage/storageAccounts/blobServices/containers', { 'properties.publicAccess': 'None' }),
    breaks: [edit('a public container', storage, "publicAccess: 'None'", "publicAccess: 'Blob'")],
  },
  {
    name: 'vault: roles, soft delete, purge protection',
    check: facts('Microsoft.KeyVault/vaults', {
      'properties.enableRbacAuthorization': true,
      'properties.enableSoftDelete': true,
      'properties.enablePurgeProtection': true,
      'properties.softDeleteRetentionInDays': 'retentionDays',
      'properties.enabledForDeployment': false,
      'properties.enabledForDiskEncryption': false,
      'properties.enabledForTemplateDeployment': false,
      'properties.publicNetworkAccess': "publicAccess ? 'Enabled' : 'Disabled'",
      'properties.networkAcls.defaultAction': "publicAccess ? 'Allow' : 'Deny'",
      'properties.accessPolicies': undefined,
    }),
    breaks: [
      edit('access policies', vault, 'enableRbacAuthorization: true', 'enableRbacAuthorization: false'),
      edit('no purge protection', vault, 'enablePurgeProtection: true', 'enablePurgeProtection: false'),
      edit('no soft delete', vault, 'enableSoftDelete: true', 'enableSoftDelete: false'),
      edit('readable by deployments', vault, 'enabledForTemplateDeployment: false', 'enabledForTemplateDeployment: true'),
      edit('open, whatever the switch says', vault, "publicAccess ? 'Enabled' : 'Disabled'", "'Enabled'"),
    ],
  },
  {
    name: 'telemetry is taken from known senders only',
    check: project => [
      ...facts('Microsoft.Insights/components', { 'properties.DisableLocalAuth': true, 'properties.WorkspaceResourceId': 'workspace.id' })(project),
      ...facts('Microsoft.OperationalInsights/workspaces', { 'properties.features.disableLocalAuth': true })(project),
    ],
    breaks: [
      edit('keys for telemetry', monitoring, 'DisableLocalAuth: true\n  }', 'DisableLocalAuth: false\n  }'),
      edit('keys for the workspace', monitoring, 'disableLocalAuth: true\n      enable', 'disableLocalAuth: false\n      enable'),
      edit('without a workspace', monitoring, '    WorkspaceResourceId: workspace.id\n', ''),
    ],
  },
  {
    name: 'app: HTTPS only, TLS 1.2, its own identity, Flex Consumption with .NET 10',
    check: project => [
      ...facts('Microsoft.Web/sites', {
        kind: 'functionapp,linux',
        'identity.type': 'UserAssigned',
        'properties.httpsOnly': true,
        'properties.clientCertEnabled': false,
        'properties.siteConfig.minTlsVersion': '1.2',
        'properties.siteConfig.scmMinTlsVersion': '1.2',
        'properties.siteConfig.http20Enabled': true,
        'properties.siteConfig.remoteDebuggingEnabled': false,
        'properties.functionAppConfig.runtime': { name: 'dotnet-isolated', version: '10.0' },
        'properties.functionAppConfig.deployment.storage.authentication.type': 'UserAssignedIdentity',
        'properties.functionAppConfig.scaleAndConcurrency.instanceMemoryMB': 'instanceMemoryMB',
        'properties.functionAppConfig.scaleAndConcurrency.maximumInstanceCount': 'maximumInstanceCount',
        'properties.functionAppConfig.scaleAndConcurrency.triggers.http.perInstanceConcurrency': 'httpConcurrencyPerInstance',
      })(project),
      ...facts('Microsoft.Web/serverfarms', { sku: { name: 'FC1', tier: 'FlexConsumption' }, 'properties.reserved': true })(project),
      ...ofType(project, 'Microsoft.Web/sites').flatMap(site => refusedBySite.filter(name => at(site, `properties.siteConfig.${name}`) !== undefined).map(name => `Flex Consumption refuses siteConfig.${name}`)),
    ],
    breaks: [
      edit('http', app, 'httpsOnly: true', 'httpsOnly: false'),
      edit('TLS 1.1', app, "minTlsVersion: '1.2'", "minTlsVersion: '1.1'"),
      edit('TLS 1.0 for publishing', app, "scmMinTlsVersion: '1.2'", "scmMinTlsVersion: '1.0'"),
      edit('remote debugging', app, 'remoteDebuggingEnabled: false', 'remoteDebuggingEnabled: true'),
      edit('a key to the package', app, "type: 'UserAssignedIdentity'", "type: 'StorageAccountConnectionString'"),
      edit('another runtime', app, "version: '10.0'", "version: '8.0'"),
      edit('another plan', app, "name: 'FC1'", "name: 'Y1'"),
      edit('what Flex refuses', app, 'siteConfig: {', "siteConfig: {\n      ftpsState: 'Disabled'"),
    ],
  },
  {
    name: 'no publishing with user name and password',
    check: publishing,
    breaks: [
      edit('for FTP', app, /(name: 'ftp'\s+properties: \{\s+allow: )false/, '$1true'),
      edit('for the deployment site', app, /(name: 'scm'\s+properties: \{\s+allow: )false/, '$1true'),
      edit('one is missing', app, /resource ftpPublishing[^]*?\n {2}\}\n/, ''),
    ],
  },
  {
    name: 'the network switch closes storage and vault, and lets the app out',
    check: project => [
      ...privateSwitch(project),
      ...facts('Microsoft.Network/privateEndpoints', { 'properties.subnet.id': 'subnetId' })(project),
      ...facts('Microsoft.Network/privateDnsZones/virtualNetworkLinks', { 'properties.registrationEnabled': false })(project),
      ...ofType(project, 'Microsoft.Network/virtualNetworks').flatMap(({ value }) => {
        const subnets = Object.fromEntries(value.properties.subnets.map(s => [s.name, s.properties]));
        return [
          ...(subnets.app?.delegations?.[0]?.properties.serviceName === 'Microsoft.App/environments' ? [] : ['the subnet is not delegated to Flex Consumption']),
          ...(subnets.app?.defaultOutboundAccess === true ? [] : ['the app has no way to its providers']),
          ...(subnets.endpoints?.defaultOutboundAccess === false ? [] : ['the endpoints have a way out']),
        ];
      }),
    ],
    breaks: [
      edit('a vault that stays open', main, 'publicAccess: !virtualNetworkEnabled\n  }\n}\n\nmodule secrets', 'publicAccess: true\n  }\n}\n\nmodule secrets'),
      edit('an endpoint without the switch', main, "module vaultEndpoint 'modules/privateEndpoint.bicep' = if (virtualNetworkEnabled) {", "module vaultEndpoint 'modules/privateEndpoint.bicep' = {"),
      edit('an endpoint of another service', main, "groupId: 'blob'", "groupId: 'queue'"),
      edit('an app outside', main, "subnetId: virtualNetworkEnabled ? network!.outputs.appSubnetId : ''", "subnetId: ''"),
      edit('the delegation of other plans', network, 'Microsoft.App/environments', 'Microsoft.Web/serverFarms'),
      edit('no way out', network, 'defaultOutboundAccess: true', 'defaultOutboundAccess: false'),
      edit('names of machines in the zone', endpoint, 'registrationEnabled: false', 'registrationEnabled: true'),
    ],
  },
  {
    name: 'no key and no password in any file',
    check: project => project.paths(/^(infra|\.github|azure\.yaml)/).flatMap(path => {
      const found = /listKeys|listCredentials|AccountKey=|SharedAccess|InstrumentationKey=|-----BEGIN|\bsk-[A-Za-z0-9]{8}|client-secret|AZURE_CREDENTIALS|publish-profile/i.exec(project.text(path));
      return found ? [`${path}: ${found[0]}`] : [];
    }),
    breaks: [
      edit('the key of the account', app, 'storage.properties.primaryEndpoints.blob\n', "'DefaultEndpointsProtocol=https;AccountKey=${storage.listKeys().keys[0].value}'\n"),
      append('a password for the pipeline', '.github/workflows/deploy.yml', '\n# ${{ secrets.AZURE_CREDENTIALS }}\n'),
    ],
  },
];
