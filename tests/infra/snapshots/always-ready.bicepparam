// Large instances without a cold start, large bodies and settings of the gateway's own.
using '../../../infra/main.bicep'

param environmentName = 'test'
param location = 'swedencentral'
param principalId = '11111111-1111-1111-1111-111111111111'
param instanceMemoryMB = 4096
param alwaysReadyInstances = 2
param httpConcurrencyPerInstance = 4
param maxRequestBytes = 33554432
param avoidDotnetPlaceholder = false
param customEndpointUrl = 'https://nano.example.com/'
param providerSettings = {
  OPENAI_BASE_URL: 'https://openai.example.com/v1'
  XAI_BASE_URL: ''
}
param customSettings = {
  CUSTOM_MINE_BASE_URL: 'https://mine.example.com/v1'
}
param nanoConfig = {
  '$schema': './nano.schema.json'
  models: {
    chat: {
      targets: [
        {
          model: 'openai/gpt-5.5'
        }
      ]
    }
  }
  resilience: {
    failures_in_a_row: 3
  }
}
