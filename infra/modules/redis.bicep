// Azure Managed Redis as the state store: one node with a replica, TLS, and Entra ID instead of access keys.

@minLength(1)
@maxLength(60)
@description('Globally unique name of the cluster.')
param name string

@description('Region.')
param location string

@description('Tags.')
param tags { *: string }

@allowed([
  'Balanced_B0'
  'Balanced_B1'
  'Balanced_B3'
  'Balanced_B5'
  'Balanced_B10'
])
@description('Size.')
param sku string

@description('False: private endpoints only.')
param publicAccess bool

@description('Object id of the app\'s identity, which may read and write all data.')
param appPrincipalId string

resource cluster 'Microsoft.Cache/redisEnterprise@2025-07-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: sku
  }
  properties: {
    minimumTlsVersion: '1.2'
    // A replica takes over when the node fails. Without it, budgets are closed until the node is back.
    highAvailability: 'Enabled'
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
  }

  resource database 'databases' = {
    name: 'default'
    properties: {
      clientProtocol: 'Encrypted'
      port: 10000
      accessKeysAuthentication: 'Disabled'
      // One address and no sharding: the store's transactions (WATCH and MULTI) need nothing else, and 25 GB are more than keys and a ledger take.
      clusteringPolicy: 'NoCluster'
      // A server that evicts rows forgets what was spent.
      evictionPolicy: 'NoEviction'
      persistence: {
        aofEnabled: true
        aofFrequency: '1s'
      }
    }

    resource gateway 'accessPolicyAssignments' = {
      name: 'gateway'
      properties: {
        accessPolicyName: 'default'
        user: {
          objectId: appPrincipalId
        }
      }
    }
  }
}

output id string = cluster.id
output address string = '${cluster.properties.hostName}:10000'
