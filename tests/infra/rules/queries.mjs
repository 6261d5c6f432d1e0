// The queries of the guide, the workbook and the alerts read usage records, metrics and warnings as the code writes them.
import { analyze } from '../support/kusto.mjs';
import { difference, edit } from '../support/table.mjs';

const guide = 'docs/azure.md';
const telemetry = 'src/Core/Telemetry/GatewayTelemetry.cs';
const metrics = 'src/Core/Telemetry/GatewayMetrics.cs';
const exporter = 'src/Export/UsageAttributes.cs';
const records = 'src/Core/Telemetry/UsageRecord.cs';
const columns = 'infra/modules/usage.kql';
const workbook = 'infra/modules/workbook.json';
const alerts = 'infra/modules/alerts.bicep';
const warnings = ['src/Core/State/StoreLog.cs', 'src/Core/Secrets/CachedSecret.cs'];

/** The fields of a usage record in the text of its log entry, the attributes that the exporter sends for them, and every query that uses either. */
function query(project) {
  const record = /"(usage id=[^"]*)"/.exec(project.text(telemetry))?.[1] ?? '';
  const fields = [...record.matchAll(/(\w+)=\{/g)].map(([, name]) => name);
  // An attribute that the text does not have has no column: the host passes on the text alone.
  const members = [...record.matchAll(/=\{(\w+)\}/g)].map(([, name]) => name);
  const attributes = [...project.text(exporter).matchAll(/\["(\w+)"\] = "([\w.]+)"/g)].filter(([, member]) => members.includes(member)).map(([, , name]) => name);
  const kql = project.text(columns).trim();
  const read = text => [...text.matchAll(/Properties\["([^"]+)"\]/g)].map(([, name]) => name);
  const parsed = [...(/\| parse-kv Message as \(([^)]*)\)/.exec(kql)?.[1] ?? '').matchAll(/(\w+):\w+/g)].map(([, name]) => name);
  const usage = analyze(kql);
  const text = project.text(guide);
  const categories = ['Function.*.User', 'Function.ChatCompletions.User'].map(name => project.json('host.json').logging.logLevel[name]);
  const workbookQueries = project.json(workbook).items.filter(item => item.type === 3).map(item => item.content.query);
  const alertQueries = [...project.text(alerts).matchAll(/query: '([^']*)'/g)].map(([, found]) => found.replaceAll('${usage}', '{{usage}}').replaceAll('\\n', '\n'));
  const shown = shownQueries(text);
  const ofMetrics = alertQueries.filter(found => found.startsWith('AppMetrics\n'));
  const ofRecords = [...workbookQueries, ...alertQueries].filter(found => !ofMetrics.includes(found));
  return [
    ...(fields.length > 25 ? [] : [`${telemetry} is not understood`]),
    // Columns that the two halves of the union give different types would have the type in their names.
    ...difference(columns, usage.columns.map(([name]) => name), ['TimeGenerated', ...fields]),
    ...difference(`parse-kv in ${columns}`, parsed, fields),
    ...difference(`Properties in ${columns}`, [...new Set(read(kql))], attributes),
    ...read(text).filter(name => !attributes.includes(name)).map(name => `${guide} asks for ${name}`),
    ...([workbookQueries.length, alertQueries.length, shown.length].join() === '8,4,5' ? [] : [`${workbookQueries.length} queries in the workbook, ${alertQueries.length} in alerts, ${shown.length} in ${guide}`]),
    ...ofRecords.filter(found => !found.startsWith('{{usage}}\n')).map(found => `a query begins with other columns: ${found.slice(0, 40)}`),
    ...usage.errors,
    ...[...workbookQueries, ...alertQueries, ...shown].flatMap(found => analyze(found.replace('{{usage}}', 'NanoUsage'), { NanoUsage: usage.columns }).errors),
    ...(ofMetrics.length === 1 ? [] : ['no alert on metrics']),
    ...ofMetrics.flatMap(found => [...found.matchAll(/Name == "([^"]+)"/g)]).map(([, name]) => name).filter(name => !project.text(metrics).includes(`"${name}"`)).map(name => `no metric is ${name}`),
    ...alertQueries.flatMap(found => [...found.matchAll(/Message (?:startswith|contains) "([^"]+)"/g)]).map(([, message]) => message)
      .filter(message => !warnings.some(file => project.text(file).includes(message))).map(message => `no warning has the text ${message}`),
    ...outcomes(project, [...workbookQueries, ...alertQueries, ...shown]),
    ...(categories.every(level => level === 'Information') ? [] : ['usage records do not arrive']),
    ...(text.includes('`Function.<name>.User`') ? [] : [`${guide} names another category`]),
  ];
}

/** The queries of the guide: in blocks of their own or of a command, and within a line. */
const shownQueries = text => [
  ...[...text.matchAll(/^```\n([^]*?)^```$/gm)].map(([, block]) => /^(?:NanoUsage|AppTraces)$[^]*/m.exec(block)?.[0]).filter(found => found).map(found => found.replace(/'\s*$/, '')),
  ...[...text.matchAll(/`(App\w+ \| [^`]+)`/g)].map(([, found]) => found),
];

/** Outcomes that queries compare with are those that a record may have, in the form of both halves. */
function outcomes(project, queries) {
  const known = [...(/enum RequestOutcome\s*\{([^}]*)\}/.exec(project.text(records))?.[1] ?? '').matchAll(/^ {4}(\w+),$/gm)].map(([, name]) => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase());
  const asked = queries.flatMap(text => [...text.matchAll(/outcome (?:==|!=|!?in) (\([^)]*\)|\S+)/g)]).flatMap(([, list]) => [...list.matchAll(/["'](\w+)["']/g)].map(([, name]) => name));
  return [...(known.length > 4 && asked.length > 4 ? [] : ['outcomes are not understood']), ...asked.filter(name => !known.includes(name)).map(name => `no request is ${name}`)];
}

export default [
  {
    name: 'the queries of guide, workbook and alerts read usage records as they are written',
    check: query,
    breaks: [
      edit('another name in the record', telemetry, 'cost_usd={', 'cost={'),
      edit('another beginning', telemetry, '"usage id=', '"request id='),
      edit('a column that does not exist', columns, 'outcome:string', 'result:string'),
      edit('another attribute', exporter, '"nano.cost.usd"', '"nano.cost"'),
      edit('another name of a metric', metrics, '"nano.telemetry.overflow"', '"nano.overflow"'),
      edit('another name of an outcome', records, '    CallerGone,', '    CallerLeft,'),
      edit('a type that differs', columns, 'status:int', 'status:long'),
      edit('a field without a column', columns, ' cache_read=tolong(', ' read=tolong('),
      edit('a name that is a keyword of the language', workbook, 'latest=max', 'last=max'),
      edit('a function that does not exist', columns, 'isnotempty(Properties', 'isfull(Properties'),
      edit('a query in the guide that reads an unknown column', guide, 'sum(cost_usd), p95', 'sum(price_usd), p95'),
      edit('an attribute in the guide that does not exist', guide, '"nano.cost.usd"', '"nano.price"'),
      edit('a workbook that reads an unknown column', workbook, 'sum(cost_usd), first', 'sum(price_usd), first'),
      edit('another text of a warning', warnings[0], 'The state store does not work', 'The state store is down'),
      edit('an alert that reads an unknown column', alerts, 'max(budget_used)', 'max(budget)'),
      edit('records of other functions that are not sent', 'host.json', '"Function.*.User": "Information"', '"Function.*.User": "Warning"'),
      edit('a category that is not the host\'s', guide, '`Function.<name>.User`', '`Nano.Usage`'),
      edit('records that are not sent', 'host.json', '"Function.ChatCompletions.User": "Information"', '"Function.ChatCompletions.User": "Warning"'),
    ],
  },
];
