// The Flex Consumption plan and the function app on it.

@description('Name of the app. Globally unique, since it is part of the address.')
param name string

@description('Name of the plan. It contains only this app.')
param planName string

@description('Region.')
param location string

@description('Tags. azd finds the app by azd-service-name.')
param tags { *: string }

@description('Resource id of the app\'s identity.')
param identityId string

@description('Client id of the app\'s identity.')
param identityClientId string

@description('Name of the storage account of the host.')
param storageName string

@description('Container of the deployed package.')
param deploymentContainerName string

@description('Connection string of Application Insights: an address; the component accepts no key.')
param insightsConnectionString string

@description('Id of the subnet for outgoing connections. Empty: none.')
param subnetId string

@allowed([
  512
  2048
  4096
])
@description('Memory of one instance, in MB.')
param instanceMemoryMB int

@minValue(1)
@maxValue(1000)
@description('Requests that one instance serves at once.')
param httpConcurrencyPerInstance int

@minValue(1024)
@maxValue(1073741824)
@description('The largest body that the host reads, in bytes.')
param requestBodyLimitBytes int

@minValue(1)
@maxValue(1000)
@description('Maximum number of instances.')
param maximumInstanceCount int

@minValue(0)
@maxValue(100)
@description('Number of always-ready instances.')
param alwaysReadyInstances int

@description('Start .NET without the platform\'s placeholder process.')
param avoidDotnetPlaceholder bool

@description('Settings of the gateway by name, none of them secret; a reference to the vault is not. An empty value is left out, so the default applies.')
param gatewaySettings { *: string }

// Some settings are missing on purpose: Flex Consumption reads FUNCTIONS_WORKER_RUNTIME, FUNCTIONS_EXTENSION_VERSION and
// WEBSITE_RUN_FROM_PACKAGE from functionAppConfig or sets them itself.
var hostSettings = {
  // The host's storage, with its identity. Only blobs: the host needs queues and tables for triggers that this app does not have.
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsStorage__blobServiceUri: storage.properties.primaryEndpoints.blob
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  // DefaultAzureCredential: only this identity, and no time spent on credentials that only a laptop has.
  AZURE_CLIENT_ID: identityClientId
  AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential'
  // The address without a path belongs to the gateway's routes, not to a page of the platform.
  AzureWebJobsDisableHomepage: 'true'
  // The host reads a whole body before the gateway can refuse it, so only the host's own limit protects its memory.
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: string(requestBodyLimitBytes)
}

// Workaround. .NET 10 workers that the platform specializes from its placeholder process crash under load (exit code 139) or fail to
// start: https://github.com/Azure/azure-functions-dotnet-worker/issues/3335, open in September 2026; reporters fixed it with
// this setting. It makes cold starts somewhat slower. Remove it (avoidDotnetPlaceholder: false) when the issue is closed.
var placeholderSettings = avoidDotnetPlaceholder
  ? {
      WEBSITE_USE_PLACEHOLDER_DOTNETISOLATED: '0'
    }
  : {}

var settings = union(gatewaySettings, hostSettings, placeholderSettings)

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientCertEnabled: false
    publicNetworkAccess: 'Enabled'
    // Who resolves settings such as @Microsoft.KeyVault(...): without this, an identity of the system, which the app does not have.
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${deploymentContainerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'dotnet-isolated'
        version: '10.0'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyInstances == 0
          ? []
          : [
              {
                name: 'http'
                instanceCount: alwaysReadyInstances
              }
            ]
        triggers: {
          http: {
            perInstanceConcurrency: httpConcurrencyPerInstance
          }
        }
      }
    }
    // Without ftpsState: Flex Consumption has no FTP, and newer regions refuse a deployment that names it.
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
      remoteDebuggingEnabled: false
      appSettings: map(filter(items(settings), setting => !empty(setting.value)), setting => {
        name: setting.key
        value: setting.value
      })
    }
  }

  // No user name and password for publishing: azd and the CLI deploy with Entra ID.
  resource ftpPublishing 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: {
      allow: false
    }
  }

  resource scmPublishing 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }
}

output name string = app.name
output hostName string = app.properties.defaultHostName
