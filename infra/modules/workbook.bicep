// The workbook over usage records: requests, latency, tokens, cost, errors, refusals and losses.

@description('Name of the Log Analytics workspace of the usage records.')
param workspaceName string

@description('Region.')
param location string

@description('Tags.')
param tags { *: string }

// One query turns usage records into columns; docs/azure.md shows the same one.
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
