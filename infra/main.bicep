// All Azure resources of the gateway, in a separate resource group. `azd provision` deploys it: see docs/azure.md.
targetScope = 'subscription'

// ---- Where ----

@minLength(1)
@maxLength(64)
@description('Name of the azd environment. Resource names are derived from it.')
param environmentName string

@minLength(1)
@description('Region of all resources. It must offer Flex Consumption: az functionapp list-flexconsumption-locations.')
@metadata({
  azd: {
    type: 'location'
  }
})
param location string

@maxLength(90)
@description('Name of the resource group, created if it does not exist. Empty: rg- and the name of the environment.')
param resourceGroupName string = ''

// ---- Who ----

@maxLength(36)
@description('Object id of the deploying identity. azd sets it.')
param principalId string = ''

@allowed([
  'User'
  'ServicePrincipal'
])
@description('Whether a person or a pipeline deploys. azd sets it. A person may write secrets into the vault afterwards; a pipeline may not.')
param principalType string = 'User'

// ---- How large ----

@allowed([
  512
  2048
  4096
])
@description('Memory of one instance, in MB. CPU and bandwidth are proportional to it.')
param instanceMemoryMB int = 2048

@minValue(1)
@maxValue(1000)
@description('Requests that one instance serves at once, open streams included. Multiplied by maxRequestBytes it may be at most 1/32 of an instance\'s memory: see bodyBudgetBytes.')
param httpConcurrencyPerInstance int = instanceMemoryMB / 128

@minValue(1)
@maxValue(1000)
@description('Maximum number of instances. It limits what the platform can cost. Some regions refuse values under 40.')
param maximumInstanceCount int = 40

@minValue(0)
@maxValue(100)
@description('Number of always-ready instances: no cold start, and a price per hour. 0 scales to zero.')
param alwaysReadyInstances int = 0

@description('Start .NET without the platform\'s placeholder process. See modules/functionApp.bicep for the fault that this avoids, and for when to set it to false.')
param avoidDotnetPlaceholder bool = true

@description('Put storage, vault and Managed Redis, if it is deployed, behind private endpoints in a virtual network that the app joins. The gateway itself stays public. Billed by the hour.')
param virtualNetworkEnabled bool = false

// ---- What is kept ----

@minValue(7)
@maxValue(90)
@description('Soft-delete retention, in days: how long a deleted vault or secret can be restored, cannot be purged, and keeps its name.')
param vaultRetentionDays int = 7

@minValue(30)
@maxValue(730)
@description('Days for which logs are kept. The first 31 are free.')
param logRetentionDays int = 30

@minValue(-1)
@maxValue(1000)
@description('Daily cap for logs in GB, usage records included. Once it is reached, collection stops until the next day. -1: no cap.')
param logDailyCapGb int = 1

@maxLength(320)
@description('E-mail address for alerts: errors, budgets at 80 %, a vault or store that does not work. Empty: no alerts, which are billed.')
param alertEmail string = ''

// ---- Secrets ----
// None is generated. Each is written once: a secret that the vault has stays, whatever is given here. Values come from `azd env set` or the environment.

@secure()
@maxLength(512)
@description('API_KEY: the key that callers send. Without it every call gets a 503 that names what to set.')
param apiKey string = ''

@secure()
@description('Keys of providers by the name of their setting, such as OPENAI_API_KEY. main.parameters.json lists them.')
param providerKeys { *: string } = {}

// ---- Settings of the gateway ----
// As docs/configuration.md lists them, with the bounds of the code; Azure decides HOST, PORT and SHUTDOWN_SECONDS.

@maxLength(2048)
@description('CUSTOM_ENDPOINT_URL: the public address of the gateway, with or without /v1, if it is not the app\'s own.')
param customEndpointUrl string = ''

@maxLength(4096)
@description('ALLOWED_ORIGINS: origins of web pages that may call the API from a browser, separated by commas.')
param allowedOrigins string = ''

@minValue(10)
@maxValue(86400)
@description('KEY_VAULT_REFRESH_SECONDS: age in seconds after which a key from the vault is read again on its next use.')
param keyVaultRefreshSeconds int = 300

@minValue(1024)
@maxValue(1073741824)
@description('MAX_REQUEST_BYTES: the largest request body, in bytes. The host refuses larger ones too. For larger bodies, lower httpConcurrencyPerInstance.')
param maxRequestBytes int = 4194304

@minValue(65536)
@maxValue(1073741824)
@description('MAX_RESPONSE_BYTES: the largest response that is not streamed, and the largest event of a stream, in bytes.')
param maxResponseBytes int = 134217728

@minValue(0)
@maxValue(1099511627776)
@description('MAX_BUFFERED_BYTES: total size of the large buffers of all open requests of an instance, in bytes; 0 for half of its memory.')
param maxBufferedBytes int = 0

@minValue(1)
@maxValue(100000)
@description('MAX_CONCURRENT_REQUESTS: open requests per instance; more get a 429. The platform sends at most httpConcurrencyPerInstance.')
param maxConcurrentRequests int = 2048

@minValue(1)
@maxValue(300)
@description('CONNECT_TIMEOUT_SECONDS')
param connectTimeoutSeconds int = 10

@minValue(1)
@maxValue(3600)
@description('FIRST_TOKEN_TIMEOUT_SECONDS')
param firstTokenTimeoutSeconds int = 300

@minValue(1)
@maxValue(3600)
@description('STREAM_IDLE_TIMEOUT_SECONDS')
param streamIdleTimeoutSeconds int = 120

@minValue(1)
@maxValue(3600)
@description('REQUEST_TIMEOUT_SECONDS: for responses that are not streamed. Azure\'s front end gives up after 230 s without a byte, whatever is set here.')
param requestTimeoutSeconds int = 600

@minValue(1)
@maxValue(200)
@description('KEEP_ALIVE_SECONDS')
param keepAliveSeconds int = 15

@minValue(0)
@maxValue(1)
@description('ACCEPT_KEY_IN_URL')
param acceptKeyInUrl int = 0

@maxLength(2048)
@description('STATE_STORE: where virtual keys, budgets and usage are kept. Empty: Managed Redis if it is deployed, else a table in the storage account. none: no store.')
param stateStore string = ''

@description('Deploy Azure Managed Redis and keep the state in it, unless stateStore names another store. Billed by the hour. See docs/state.md for when it is worth it.')
param redisEnabled bool = false

@allowed([
  'Balanced_B0'
  'Balanced_B1'
  'Balanced_B3'
  'Balanced_B5'
  'Balanced_B10'
])
@description('Size of Azure Managed Redis, if it is deployed.')
param redisSku string = 'Balanced_B0'

@minValue(10)
@maxValue(60000)
@description('STATE_TIMEOUT_MILLISECONDS: how long a request waits for one call to the state store.')
param stateTimeoutMilliseconds int = 250

@minValue(0)
@maxValue(100000)
@description('HOT_REQUESTS_PER_SECOND: requests per second of one caller on one instance from which limits are reserved ahead; 0 for never.')
param hotRequestsPerSecond int = 0

@minValue(0)
@maxValue(600)
@description('HANG_UP_DRAIN_SECONDS: seconds for which a stream is read on after its caller has left, to charge its real usage; 0 charges an estimate.')
param hangUpDrainSeconds int = 0

@minValue(0)
@maxValue(36500)
@description('USAGE_RETENTION_DAYS: days for which the ledger keeps requests, 40 or more; 0 keeps them all.')
param usageRetentionDays int = 0

@maxLength(36)
@description('ENTRA_TENANT_ID: the tenant of Entra ID whose access tokens are accepted. Requires entraAudience.')
param entraTenantId string = ''

@maxLength(2048)
@description('ENTRA_AUDIENCE: the audience of these access tokens; several are separated by commas.')
param entraAudience string = ''

@maxLength(256)
@description('ENTRA_AUTHORITY: the sign-in address of Entra ID, if it is not that of the public cloud.')
param entraAuthority string = ''

@maxLength(2048)
@description('CACHE_STORE: where cached responses are kept besides memory. blob: a container of the storage account, which is created for it.')
param cacheStore string = 'memory'

@minValue(1048576)
@maxValue(17179869184)
@description('CACHE_MAX_BYTES: bytes of cached responses that an instance keeps in memory.')
param cacheMaxBytes int = 67108864

@minValue(1024)
@maxValue(67108864)
@description('CACHE_MAX_ENTRY_BYTES: the largest response that is cached, in bytes.')
param cacheMaxEntryBytes int = 1048576

@minValue(1)
@maxValue(60000)
@description('CACHE_TIMEOUT_MILLISECONDS: how long a request waits for CACHE_STORE.')
param cacheTimeoutMilliseconds int = 100

@maxLength(64)
@description('ECHO_PRICES: prices of the built-in model nano/echo, to try budgets with.')
param echoPrices string = ''

// nano.schema.json describes it, and the gateway validates it.
#disable-next-line no-explicit-any
type contentsOfNanoJson = { *: any }

@description('NANO_CONFIG: the contents of nano.json (provider instances, aliases, policies), instead of a file in the package.')
param nanoConfig contentsOfNanoJson = {}

@description('Settings of providers that are not secrets, such as OPENAI_BASE_URL. main.parameters.json lists them. Empty: the provider\'s own.')
param providerSettings { *: string } = {}

@description('Settings of custom providers, such as {"CUSTOM_MY_SERVER_BASE_URL": "https://..."}, and others without a name of their own. Keys go into the vault.')
param customSettings { *: string } = {}

// The same subscription, environment and region give the same names again, so that provisioning is repeatable.
var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = {
  'azd-env-name': environmentName
}

// The Functions host reads a body that has a Content-Length as one string and parses it, before the gateway sees the request and its key. That
// takes about ten times the body: 300 MB for one of 31 MB. 16 of those killed an instance of 2048 MB. The worker holds up to two
// copies more. So all bodies that an instance may have at once are limited to 1/32 of its memory (12/32 with all copies).
var bodyBudgetBytes = instanceMemoryMB * 1048576 / 32
var safeConcurrencyPerInstance = httpConcurrencyPerInstance * maxRequestBytes <= bodyBudgetBytes
  ? httpConcurrencyPerInstance
  : fail('HTTP_CONCURRENCY_PER_INSTANCE (${httpConcurrencyPerInstance}) x MAX_REQUEST_BYTES (${maxRequestBytes}) is more than ${bodyBudgetBytes} bytes, which is what an instance of ${instanceMemoryMB} MB can hold. Lower one of them, or raise INSTANCE_MEMORY_MB.')

// These settings are readable in the deployment and in the app: a key among them is a reference to the vault, which the platform resolves. The
// message has names only.
var keySuffixes = ['_key', '_token', '_secret', '_password', '_credentials', '_headers']
var settingsWithKeys = filter(
  items(customSettings),
  setting =>
    !empty(setting.value) && !startsWith(setting.value, '@Microsoft.KeyVault(') && !empty(filter(
      keySuffixes,
      suffix => endsWith(toLower(setting.key), suffix)
    ))
)
var keylessCustomSettings = empty(settingsWithKeys)
  ? customSettings
  : fail('CUSTOM_SETTINGS has keys in clear text: ${join(map(settingsWithKeys, setting => setting.key), ', ')}. Write them into the vault: see docs/azure.md, "Your own server".')

// azd also takes values from the shell, and one that points a client at a gateway on this machine has such addresses (ANTHROPIC_BASE_URL).
var ofThisMachine = ['://localhost:', '://localhost/', '://127.', '://[::1]']
var localSettings = filter(
  items(union(customSettings, providerSettings)),
  setting => !empty(filter(ofThisMachine, start => contains('${toLower(setting.value)}/', start)))
)
var reachableSettings = empty(localSettings)
  ? union(keylessCustomSettings, providerSettings)
  : fail('Addresses of this machine, which the app cannot reach: ${join(map(localSettings, setting => setting.key), ', ')}. Unset the variables in the shell, or set them to the addresses of the providers with azd env set.')

// Names are known before anything is deployed, so that `azd provision --preview` can show the changes.
var storageName = 'stnano${token}'
var vaultName = 'kv-nano-${token}'
var insightsName = 'appi-nano-${token}'
var workspaceName = 'log-nano-${token}'

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: empty(resourceGroupName) ? 'rg-${environmentName}' : resourceGroupName
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: {
    name: 'id-nano-${token}'
    location: location
    tags: tags
  }
}

module network 'modules/network.bicep' = if (virtualNetworkEnabled) {
  scope: group
  params: {
    name: 'vnet-nano-${token}'
    location: location
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    name: storageName
    location: location
    tags: tags
    publicAccess: !virtualNetworkEnabled
    cacheContainer: cacheStore == 'blob'
  }
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    name: vaultName
    location: location
    tags: tags
    retentionDays: vaultRetentionDays
    publicAccess: !virtualNetworkEnabled
  }
}

module secrets 'modules/secrets.bicep' = {
  scope: group
  dependsOn: [
    vault
  ]
  params: {
    vaultName: vaultName
    values: union(providerKeys, { API_KEY: apiKey })
  }
}

module redis 'modules/redis.bicep' = if (redisEnabled) {
  scope: group
  params: {
    name: 'redis-nano-${token}'
    location: location
    tags: tags
    sku: redisSku
    publicAccess: !virtualNetworkEnabled
    appPrincipalId: identity.outputs.principalId
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    workspaceName: workspaceName
    insightsName: insightsName
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
  }
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  dependsOn: [
    monitoring
  ]
  params: {
    workspaceName: workspaceName
    location: location
    tags: tags
  }
}

module alerts 'modules/alerts.bicep' = if (!empty(alertEmail)) {
  scope: group
  dependsOn: [
    monitoring
  ]
  params: {
    workspaceName: workspaceName
    location: location
    tags: tags
    email: alertEmail
  }
}

module roles 'modules/roles.bicep' = {
  scope: group
  dependsOn: [
    storage
    vault
    monitoring
  ]
  params: {
    storageName: storageName
    vaultName: vaultName
    insightsName: insightsName
    // Known at run time only. Names of role assignments are derived from it, so that a new identity gets new assignments.
    #disable-next-line what-if-short-circuiting
    appPrincipalId: identity.outputs.principalId
    vaultWriterId: principalType == 'User' ? principalId : ''
  }
}

module storageEndpoint 'modules/privateEndpoint.bicep' = if (virtualNetworkEnabled) {
  scope: group
  params: {
    name: 'pep-blob-${token}'
    location: location
    tags: tags
    targetId: storage.outputs.id
    // Without a queue or timer trigger the host uses neither queues nor tables.
    groupId: 'blob'
    zoneName: 'privatelink.blob.${environment().suffixes.storage}'
    networkId: virtualNetworkEnabled ? network!.outputs.id : ''
    subnetId: virtualNetworkEnabled ? network!.outputs.endpointsSubnetId : ''
  }
}

module tableEndpoint 'modules/privateEndpoint.bicep' = if (virtualNetworkEnabled) {
  scope: group
  params: {
    name: 'pep-table-${token}'
    location: location
    tags: tags
    targetId: storage.outputs.id
    // The gateway's state store.
    groupId: 'table'
    zoneName: 'privatelink.table.${environment().suffixes.storage}'
    networkId: virtualNetworkEnabled ? network!.outputs.id : ''
    subnetId: virtualNetworkEnabled ? network!.outputs.endpointsSubnetId : ''
  }
}

module vaultEndpoint 'modules/privateEndpoint.bicep' = if (virtualNetworkEnabled) {
  scope: group
  params: {
    name: 'pep-vault-${token}'
    location: location
    tags: tags
    targetId: vault.outputs.id
    groupId: 'vault'
    // The private zone of '.vault.azure.net' is 'privatelink.vaultcore.azure.net'; the same rule applies in every cloud.
    zoneName: 'privatelink.${replace(environment().suffixes.keyvaultDns, '.vault.', 'vaultcore.')}'
    networkId: virtualNetworkEnabled ? network!.outputs.id : ''
    subnetId: virtualNetworkEnabled ? network!.outputs.endpointsSubnetId : ''
  }
}

module redisEndpoint 'modules/privateEndpoint.bicep' = if (virtualNetworkEnabled && redisEnabled) {
  scope: group
  params: {
    name: 'pep-redis-${token}'
    location: location
    tags: tags
    targetId: redisEnabled ? redis!.outputs.id : ''
    groupId: 'redisEnterprise'
    // Of Managed Redis; the former service has another one.
    zoneName: 'privatelink.redis.azure.net'
    networkId: virtualNetworkEnabled ? network!.outputs.id : ''
    subnetId: virtualNetworkEnabled ? network!.outputs.endpointsSubnetId : ''
  }
}

module app 'modules/functionApp.bicep' = {
  scope: group
  // The identity may be new, and a role takes a while to become active: the app comes last, so that it can access its storage and vault.
  dependsOn: [
    roles
    secrets
    storageEndpoint
    tableEndpoint
    vaultEndpoint
    redisEndpoint
  ]
  params: {
    name: 'func-nano-${token}'
    planName: 'plan-nano-${token}'
    location: location
    tags: union(tags, { 'azd-service-name': 'gateway' })
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageName: storageName
    deploymentContainerName: storage.outputs.deploymentContainerName
    insightsConnectionString: monitoring.outputs.insightsConnectionString
    subnetId: virtualNetworkEnabled ? network!.outputs.appSubnetId : ''
    instanceMemoryMB: instanceMemoryMB
    httpConcurrencyPerInstance: safeConcurrencyPerInstance
    requestBodyLimitBytes: maxRequestBytes
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    avoidDotnetPlaceholder: avoidDotnetPlaceholder
    gatewaySettings: union(reachableSettings, {
      CUSTOM_ENDPOINT_URL: customEndpointUrl
      ALLOWED_ORIGINS: allowedOrigins
      KEY_VAULT_URI: vault.outputs.uri
      KEY_VAULT_REFRESH_SECONDS: string(keyVaultRefreshSeconds)
      MAX_REQUEST_BYTES: string(maxRequestBytes)
      MAX_RESPONSE_BYTES: string(maxResponseBytes)
      MAX_BUFFERED_BYTES: string(maxBufferedBytes)
      MAX_CONCURRENT_REQUESTS: string(maxConcurrentRequests)
      CONNECT_TIMEOUT_SECONDS: string(connectTimeoutSeconds)
      FIRST_TOKEN_TIMEOUT_SECONDS: string(firstTokenTimeoutSeconds)
      STREAM_IDLE_TIMEOUT_SECONDS: string(streamIdleTimeoutSeconds)
      REQUEST_TIMEOUT_SECONDS: string(requestTimeoutSeconds)
      KEEP_ALIVE_SECONDS: string(keepAliveSeconds)
      ACCEPT_KEY_IN_URL: string(acceptKeyInUrl)
      STATE_STORE: !empty(stateStore)
        ? stateStore
        : redisEnabled
            ? 'redis:${redis!.outputs.address},ssl=true,entra=true,user=${identity.outputs.principalId}'
            : 'table:https://${storageName}.table.${environment().suffixes.storage}'
      STATE_TIMEOUT_MILLISECONDS: string(stateTimeoutMilliseconds)
      HOT_REQUESTS_PER_SECOND: string(hotRequestsPerSecond)
      HANG_UP_DRAIN_SECONDS: string(hangUpDrainSeconds)
      USAGE_RETENTION_DAYS: string(usageRetentionDays)
      ENTRA_TENANT_ID: entraTenantId
      ENTRA_AUDIENCE: entraAudience
      ENTRA_AUTHORITY: entraAuthority
      CACHE_STORE: cacheStore == 'blob'
        ? 'blob:https://${storageName}.blob.${environment().suffixes.storage}/nano-cache'
        : cacheStore
      CACHE_MAX_BYTES: string(cacheMaxBytes)
      CACHE_MAX_ENTRY_BYTES: string(cacheMaxEntryBytes)
      CACHE_TIMEOUT_MILLISECONDS: string(cacheTimeoutMilliseconds)
      ECHO_PRICES: echoPrices
      NANO_CONFIG: empty(nanoConfig) ? '' : string(nanoConfig)
    })
  }
}

var slashless = endsWith(customEndpointUrl, '/')
  ? take(customEndpointUrl, length(customEndpointUrl) - 1)
  : customEndpointUrl
// The gateway takes it with and without its /v1.
var given = endsWith(toLower(slashless), '/v1') ? take(slashless, length(slashless) - 3) : slashless
var address = empty(given) ? 'https://${app.outputs.hostName}' : given

// azd keeps outputs in its environment: `azd env get-value GATEWAY_URL`.

@description('Region of all resources.')
output AZURE_LOCATION string = location

@description('Tenant whose directory the vault trusts.')
output AZURE_TENANT_ID string = tenant().tenantId

@description('Resource group of all resources.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Name of the function app.')
output AZURE_FUNCTION_NAME string = app.outputs.name

@description('Name of the Key Vault.')
output KEY_VAULT_NAME string = vault.outputs.name

@description('Id of the Log Analytics workspace, in the form that queries require.')
output LOG_WORKSPACE_ID string = monitoring.outputs.workspaceCustomerId

@description('Base URL for clients.')
output GATEWAY_URL string = '${address}/v1'

@description('Address of the access panel.')
output PANEL_URL string = '${address}/access'

@description('Addresses that azd prints for the service after a deployment.')
output SERVICE_GATEWAY_ENDPOINTS string[] = [
  '${address}/v1'
  '${address}/access'
]
