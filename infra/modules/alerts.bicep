// Four alerts, three of them over usage records, by e-mail. Each is billed by how often it runs, so they exist only if an address is set.

@description('Name of the Log Analytics workspace of the usage records.')
param workspaceName string

@description('Region.')
param location string

@description('Tags.')
param tags { *: string }

@description('E-mail address that receives the alerts.')
param email string

var usage = trim(loadTextContent('usage.kql'))

var rules = [
  {
    name: 'nano-error-ratio'
    description: 'More than 5 % of at least 20 requests failed in 15 minutes.'
    severity: 2
    query: '${usage}\n| where outcome != "caller_gone"\n| summarize requests=count(), failed=countif(outcome != "ok" and status >= 500 or outcome == "broken")\n| where requests >= 20 and failed * 20 > requests'
  }
  {
    name: 'nano-budget'
    description: 'A caller has used 80 % of a budget.'
    severity: 3
    query: '${usage}\n| where budget_used >= 0.8 or error == "budget_exceeded"\n| summarize used=max(budget_used) by team, caller'
  }
  {
    name: 'nano-dependency'
    description: 'Key Vault or the state store does not work.'
    severity: 1
    // A request that is refused before its caller is known has no usage record, so entries of the log count too.
    query: '${usage}\n| where error in ("budget_unavailable", "limits_unavailable", "key_unavailable")\n| project problem=error\n| union (AppTraces\n| where SeverityLevel >= 2 and (Message startswith "The state store does not work: " or Message contains " could not be read from Key Vault: ")\n| project problem=Message)\n| summarize signs=count() by problem'
  }
  {
    name: 'nano-telemetry-overflow'
    description: 'Metrics have more models or tag combinations than are kept apart: some are counted together.'
    severity: 3
    query: 'AppMetrics\n| where Name == "nano.telemetry.overflow" or tostring(Properties["otel.metric.overflow"]) =~ "true"\n| summarize measurements=sum(ItemCount) by Name'
  }
]

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'nano-alerts'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'nano'
    enabled: true
    emailReceivers: [
      {
        name: 'operator'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for rule in rules: {
    name: rule.name
    location: location
    tags: tags
    properties: {
      displayName: rule.name
      description: rule.description
      severity: rule.severity
      enabled: true
      scopes: [
        workspace.id
      ]
      evaluationFrequency: 'PT15M'
      windowSize: 'PT15M'
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      autoMitigate: true
      actions: {
        actionGroups: [
          group.id
        ]
      }
    }
  }
]
