// What is disabled and what is enabled, by the references of the resource types (Microsoft.Storage, .KeyVault, .Web, .Network).
import { at, ofType } from '../support/resources.mjs';
import { edit } from '../support/table.mjs';

const main = 'infra/main.bicep';
const app = 'infra/modules/functionApp.bicep';
const storage = 'infra/modules/storage.bicep';
const vault = 'infra/modules/vault.bicep';
const monitoring = 'infra/modules/monitoring.bicep';
const network = 'infra/modules/network.bicep';
const endpoint = 'infra/modules/privateEndpoint.bicep';
const redis = 'infra/modules/redis.bicep';

/** Every resource of the type has these values; there is at least one. */
const facts = (type, expected) => project => {
  const found = ofType(project, type);
  if (found.length === 0) return [`there is no ${type}`];
  return found.flatMap(resource => Object.entries(expected)
    .filter(([path, value]) => JSON.stringify(at(resource, path)) !== JSON.stringify(value))
    .map(([path, value]) => `${resource.file}: ${path} is ${JSON.stringify(at(resource, path))} and not ${JSON.stringify(value)}`));
};

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
    ...['modules/storage.bicep', 'modules/vault.bicep', 'modules/redis.bicep'].filter(path => params(path)[0]?.publicAccess?.text !== '!virtualNetworkEnabled').map(path => `${path} does not follow the switch`),
    ...(endpoints.map(e => `${e.value.params.groupId}: ${e.value.params.targetId}`).sort().join() === "blob: storage.outputs.id,redisEnterprise: redisEnabled ? redis!.outputs.id : '',table: storage.outputs.id,vault: vault.outputs.id" ? [] : ['the endpoints are not blob, table, vault and Redis']),
    ...[...endpoints, ...project.main.modules.filter(m => m.path === 'modules/network.bicep')].filter(m => m.condition !== (m.name === 'redisEndpoint' ? '(virtualNetworkEnabled && redisEnabled)' : '(virtualNetworkEnabled)')).map(m => `${m.name} is there without the switch`),
    ...(params('modules/functionApp.bicep')[0]?.subnetId?.text === "virtualNetworkEnabled ? network!.outputs.appSubnetId : ''" ? [] : ['the app does not join the network']),
  ];
};

export default [
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
    name: 'Redis: only if asked for, Entra ID only, TLS 1.2, nothing evicted, every write kept',
    check: project => [
      ...facts('Microsoft.Cache/redisEnterprise', {
        'properties.minimumTlsVersion': '1.2',
        'properties.highAvailability': 'Enabled',
        'properties.publicNetworkAccess': "publicAccess ? 'Enabled' : 'Disabled'",
      })(project),
      ...facts('Microsoft.Cache/redisEnterprise/databases', {
        'properties.clientProtocol': 'Encrypted',
        'properties.accessKeysAuthentication': 'Disabled',
        'properties.clusteringPolicy': 'NoCluster',
        'properties.evictionPolicy': 'NoEviction',
        'properties.persistence': { aofEnabled: true, aofFrequency: '1s' },
      })(project),
      ...facts('Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments', { 'properties.accessPolicyName': 'default', 'properties.user.objectId': 'appPrincipalId' })(project),
      ...project.main.modules.filter(m => m.path === 'modules/redis.bicep').flatMap(m => [
        ...(m.condition === '(redisEnabled)' ? [] : ['Redis is there without its switch']),
        ...(m.value.params.appPrincipalId?.text === 'identity.outputs.principalId' ? [] : ['someone else may use Redis']),
      ]),
      ...(project.main.parameters.find(p => p.name === 'redisEnabled')?.default === false ? [] : ['Redis is on by default']),
    ],
    breaks: [
      edit('access keys', redis, "accessKeysAuthentication: 'Disabled'", "accessKeysAuthentication: 'Enabled'"),
      edit('access keys by default', redis, "      accessKeysAuthentication: 'Disabled'\n", ''),
      edit('plain text', redis, "clientProtocol: 'Encrypted'", "clientProtocol: 'Plaintext'"),
      edit('TLS 1.0', redis, "minimumTlsVersion: '1.2'", "minimumTlsVersion: '1.0'"),
      edit('rows that are evicted', redis, "evictionPolicy: 'NoEviction'", "evictionPolicy: 'AllKeysLRU'"),
      edit('nothing on disk', redis, 'aofEnabled: true', 'aofEnabled: false'),
      edit('no replica', redis, "highAvailability: 'Enabled'", "highAvailability: 'Disabled'"),
      edit('open in a private network', redis, "publicAccess ? 'Enabled' : 'Disabled'", "'Enabled'"),
      edit('another user', redis, 'objectId: appPrincipalId', 'objectId: name'),
      edit('the person who deploys', main, 'appPrincipalId: identity.outputs.principalId\n  }\n}\n\nmodule monitoring', 'appPrincipalId: principalId\n  }\n}\n\nmodule monitoring'),
      edit('Redis in every deployment', main, "module redis 'modules/redis.bicep' = if (redisEnabled) {", "module redis 'modules/redis.bicep' = {"),
      edit('a switch that is on', main, 'param redisEnabled bool = false', 'param redisEnabled bool = true'),
    ],
  },
  {
    name: 'telemetry is accepted from known senders only',
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
        // The app has no identity of the system, which is the default.
        'properties.keyVaultReferenceIdentity': 'identityId',
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
      edit('references to the vault that nobody resolves', app, '    keyVaultReferenceIdentity: identityId\n', ''),
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
];
