// Managed Redis as the state store, behind a private endpoint like the other stores.
using '../../../infra/main.bicep'

param environmentName = 'test'
param location = 'swedencentral'
param principalId = '11111111-1111-1111-1111-111111111111'
param virtualNetworkEnabled = true
param redisEnabled = true
param redisSku = 'Balanced_B1'
