// Creates secrets from the given values if the vault does not have them yet: a key that was rotated in the vault is never
// overwritten. They are written through Resource Manager, so the deploying identity needs no role in the vault.

@description('Name of the vault.')
param vaultName string

@secure()
@description('Secret values by the name of their setting (OPENAI_API_KEY). Empty ones are skipped.')
param values { *: string }

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

// A setting's secret is its name in kebab case: openai-api-key. The gateway looks for it by the same rule.
@onlyIfNotExists()
resource secrets 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = [
  for entry in items(values): if (!empty(entry.value)) {
    parent: vault
    name: replace(toLower(entry.key), '_', '-')
    properties: {
      value: entry.value
      contentType: 'text/plain'
    }
  }
]
