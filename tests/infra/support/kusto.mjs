// Microsoft's own parser of the query language, over the tables of a Log Analytics workspace.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The columns of the tables that queries read, as the reference of Azure Monitor's tables lists them. */
const tables = {
  AppTraces: '(TimeGenerated: datetime, Message: string, SeverityLevel: int, OperationId: string, OperationName: string, AppRoleInstance: string, Properties: dynamic)',
  AppExceptions: '(TimeGenerated: datetime, ExceptionType: string, OuterMessage: string, Details: dynamic, SeverityLevel: int, OperationId: string, Properties: dynamic)',
  AppMetrics: '(TimeGenerated: datetime, Name: string, ItemCount: int, Min: real, Max: real, Sum: real, AppRoleInstance: string, Properties: dynamic)',
};

let language;

/** The package is written for a browser: it looks for its runtime, and puts itself, among the globals. */
function load() {
  if (language) return language;
  globalThis.Bridge ??= require('@kusto/language-service-next/bridge.min.js');
  require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
  return (language = globalThis.Kusto.Language);
}

const analyzed = new Map();

/**
 * @param more Columns, as a result has them, by the name of a function of the workspace.
 * @returns The query's errors, and the columns of its result with their types.
 */
export function analyze(query, more = {}) {
  // A second per query: rules ask for the same ones again and again.
  const key = JSON.stringify([query, more]);
  if (!analyzed.has(key)) analyzed.set(key, analyzeAnew(query, more));
  return analyzed.get(key);
}

function analyzeAnew(query, more) {
  const { Symbols, GlobalState, KustoCode } = load();
  const schemas = { ...tables, ...Object.fromEntries(Object.entries(more).map(([name, columns]) => [name, `(${columns.map(([column, type]) => `${column}: ${type}`).join(', ')})`])) };
  const members = Object.entries(schemas).map(([name, schema]) => new Symbols.TableSymbol.$ctor7(name, schema, null));
  const code = KustoCode.ParseAndAnalyze(query, GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('workspace', members)));
  const found = code.GetDiagnostics();
  const errors = Array.from({ length: found.Count }, (_, i) => found.getItem(i)).filter(d => d.Severity === 'Error').map(d => d.Message);
  const columns = code.ResultType?.Columns;
  return { errors, columns: Array.from({ length: columns?.Count ?? 0 }, (_, i) => [columns.getItem(i).Name, columns.getItem(i).Type.Name]) };
}
