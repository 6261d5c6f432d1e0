// The function NanoUsage, which has a column for each field of usage records, and the workbook over them: requests, latency, tokens, cost, errors,
// refusals and losses.

@description('Name of the Log Analytics workspace of the usage records.')
param workspaceName string

@description('Region.')
param location string

@description('Tags.')
param tags { *: string }

// One query makes columns of usage records. Alerts and the workbook contain it, so that they do not depend on the function.
var usage = trim(loadTextContent('usage.kql'))
// As text within JSON: its escaped form, without the surrounding quotes.
var content = replace(
  loadTextContent('workbook.json'),
  '"{{usage}}',
  '"${replace(replace(replace(usage, '\\', '\\\\'), '"', '\\"'), '\n', '\\n')}'
)

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource function 'Microsoft.OperationalInsights/workspaces/savedSearches@2025-02-01' = {
  parent: workspace
  name: 'nano-usage'
  properties: {
    category: 'Nano'
    displayName: 'Nano: usage records'
    functionAlias: 'NanoUsage'
    query: usage
    version: 2
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspace.id, 'nano-usage')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Nano: usage'
    category: 'workbook'
    sourceId: workspace.id
    serializedData: content
  }
}
