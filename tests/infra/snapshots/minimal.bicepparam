// The smallest and cheapest, deployed by a pipeline.
using '../../../infra/main.bicep'

param environmentName = 'test'
param location = 'swedencentral'
param resourceGroupName = 'nano-small'
param principalId = '22222222-2222-2222-2222-222222222222'
param principalType = 'ServicePrincipal'
param instanceMemoryMB = 512
param maximumInstanceCount = 1
param logDailyCapGb = -1
