// What `azd up` deploys when nothing but the environment, the region and a key is set.
using '../../../infra/main.bicep'

param environmentName = 'test'
param location = 'swedencentral'
param principalId = '11111111-1111-1111-1111-111111111111'
param apiKey = 'not-a-key'
