// A virtual network with one subnet for the app's outgoing connections and one for private endpoints.

@description('Name of the network.')
param name string

@description('Region.')
param location string

@description('Tags.')
param tags { *: string }

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        '10.0.0.0/16'
      ]
    }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: '10.0.0.0/24'
          // The gateway has to reach its providers: new virtual networks have no outbound internet access by default.
          defaultOutboundAccess: true
          delegations: [
            {
              name: 'flex'
              properties: {
                // The environment that Flex Consumption requires, unlike the other plans.
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: '10.0.1.0/24'
          defaultOutboundAccess: false
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }

  resource app 'subnets' existing = {
    name: 'app'
  }

  resource endpoints 'subnets' existing = {
    name: 'endpoints'
  }
}

output id string = network.id
output appSubnetId string = network::app.id
output endpointsSubnetId string = network::endpoints.id
