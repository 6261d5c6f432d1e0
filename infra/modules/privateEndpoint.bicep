// One private endpoint, with its DNS zone in the network.

@description('Name of the endpoint.')
param name string

@description('Region.')
param location string

@description('Tags.')
param tags { *: string }

@description('Id of the resource behind it.')
param targetId string

@allowed([
  'blob'
  'redisEnterprise'
  'table'
  'vault'
])
@description('The service of that resource.')
param groupId string

@description('Private DNS zone of that service.')
param zoneName string

@description('Id of the network that is linked to the zone.')
param networkId string

@description('Id of the subnet of the endpoint.')
param subnetId string

resource endpoint 'Microsoft.Network/privateEndpoints@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: groupId
        properties: {
          privateLinkServiceId: targetId
          groupIds: [
            groupId
          ]
        }
      }
    ]
  }

  resource zones 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: groupId
          properties: {
            privateDnsZoneId: zone.id
          }
        }
      ]
    }
  }
}

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: zoneName
  location: 'global'
  tags: tags

  resource link 'virtualNetworkLinks' = {
    name: name
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: {
        id: networkId
      }
    }
  }
}
