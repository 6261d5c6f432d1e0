// The vault of provider keys and of the gateway's own key.

@minLength(3)
@maxLength(24)
@description('Globally unique name of the vault.')
param name string

@description('Region.')
param location string

@description('Tags.')
param tags { *: string }

@minValue(7)
@maxValue(90)
@description('Soft-delete retention, in days. It cannot be changed once the vault exists.')
param retentionDays int

@description('False: private endpoints only.')
param publicAccess bool

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: retentionDays
    // Irreversible: no one, not even the owner, can destroy the vault before the retention is over.
    enablePurgeProtection: true
    enabledForDeployment: false
    enabledForDiskEncryption: false
    enabledForTemplateDeployment: false
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      // Resource Manager is one of these services: it writes the secrets of a deployment even if the vault is private.
      bypass: 'AzureServices'
      defaultAction: publicAccess ? 'Allow' : 'Deny'
    }
  }
}

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
