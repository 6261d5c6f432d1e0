// The storage account of the Functions host: the deployed package, and the host's own blobs (locks and keys), and the gateway's table. Entra ID only.

@minLength(3)
@maxLength(24)
@description('Globally unique name of the account: lower case letters and digits.')
param name string

@description('Region.')
param location string

@description('Tags.')
param tags { *: string }

@description('False: private endpoints only.')
param publicAccess bool

@description('True: also a container for cached responses, whose blobs are deleted after some days.')
param cacheContainer bool

var containerName = 'deployments'

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  properties: {
    accessTier: 'Hot'
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    isLocalUserEnabled: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: publicAccess ? 'Allow' : 'Deny'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource deployments 'containers' = {
      name: containerName
      properties: {
        publicAccess: 'None'
      }
    }

    resource cache 'containers' = if (cacheContainer) {
      name: 'nano-cache'
      properties: {
        publicAccess: 'None'
      }
    }
  }

  // A response is cached for a week at most.
  resource lifecycle 'managementPolicies' = if (cacheContainer) {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'cache'
            enabled: true
            type: 'Lifecycle'
            definition: {
              filters: {
                blobTypes: [
                  'blockBlob'
                ]
                prefixMatch: [
                  'nano-cache/'
                ]
              }
              actions: {
                baseBlob: {
                  delete: {
                    daysAfterModificationGreaterThan: 8
                  }
                }
              }
            }
          }
        ]
      }
    }
  }
}

output id string = account.id
output deploymentContainerName string = containerName
