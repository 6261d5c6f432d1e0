// The settings in Bicep are those that the gateway reads, with the same names, bounds and defaults. .env.example
// and local.settings.example.json represent the code here: .NET tests compare them with the settings that the gateway registers.
import { Expression, literal, namesIn, nodes } from '../support/bicep.mjs';
import { append, difference, edit } from '../support/table.mjs';

const main = 'infra/main.bicep';
const app = 'infra/modules/functionApp.bicep';
const parameters = 'infra/main.parameters.json';
const code = 'src/Core/Configuration/GatewaySettings.cs';
const local = 'local.settings.example.json';
const guide = 'docs/azure.md';

/** Azure decides where the app listens and how long it has to stop. */
const decidedByAzure = ['HOST', 'PORT', 'SHUTDOWN_SECONDS', 'METRICS_ENDPOINT'];

/** The names that azd itself sets. */
const azdNames = {
  environmentName: 'AZURE_ENV_NAME', location: 'AZURE_LOCATION', resourceGroupName: 'AZURE_RESOURCE_GROUP',
  principalId: 'AZURE_PRINCIPAL_ID', principalType: 'AZURE_PRINCIPAL_TYPE',
};

/** The platform's app settings; the gateway's are in a parameter. */
const hostSettings = [
  'AzureWebJobsStorage__credential', 'AzureWebJobsStorage__clientId', 'AzureWebJobsStorage__blobServiceUri',
  'APPLICATIONINSIGHTS_CONNECTION_STRING', 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  'AZURE_CLIENT_ID', 'AZURE_TOKEN_CREDENTIALS', 'AzureWebJobsDisableHomepage', 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT',
];

/** The gateway's own settings are constants in the code; all others belong to its providers. */
const constants = project => Object.fromEntries([...project.text(code).matchAll(/const string (\w+) = "([A-Z][A-Z_]*[A-Z])";/g)].map(([, name, value]) => [name, value]));

/** The example of a custom provider is not a provider that Bicep knows: it belongs in customSettings. */
const documented = project => [...project.text('.env.example').matchAll(/^# ([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name).filter(name => !name.startsWith('CUSTOM_MY_SERVER_'));

const own = project => Object.values(constants(project)).filter(name => !decidedByAzure.includes(name));

const ofProviders = project => documented(project).filter(name => !Object.values(constants(project)).includes(name));

/** For providers, the example of a laptop's settings contains only the keys. */
const keys = project => ofProviders(project).filter(name => name in project.json(local).Values);

const params = (project, path) => project.main.modules.find(m => m.path === path)?.value.params ?? {};

/** `${NAME}` of every parameter; for an object, of its members. */
const environmentOf = project => Object.fromEntries(Object.entries(project.json(parameters).parameters).map(([name, { value }]) => [name, variable(value)]));

function variable(value) {
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, variable(inner)]));
  return /^\$\{([A-Z][A-Z0-9_]*)\}$/.exec(value)?.[1];
}

const variables = project => Object.values(environmentOf(project)).flatMap(v => (typeof v === 'object' ? Object.values(v) : [v]));

const snake = name => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();

/** The literal object among the arguments of `union(...)`. */
const writtenOut = expression => (expression instanceof Expression ? literal([...nodes(expression.node)].find(n => n.type === 'object') ?? expression.node) : expression ?? {});

/** The set store; else Managed Redis if it is deployed, or the account's table: both are used with the app's identity. */
const storeByDefault = "!empty(stateStore) ? stateStore : redisEnabled ? 'redis:${redis!.outputs.address},ssl=true,entra=true,user=${identity.outputs.principalId}' : 'table:https://${storageName}.table.${environment().suffixes.storage}'";

/** An object, since azd does not escape the quotes of a text. An empty one leaves the setting out, so that the file in the package counts. */
const configAsText = "empty(nanoConfig) ? '' : string(nanoConfig)";

/** A container of the account, if it is requested; else the set value. */
const cacheInBlobs = "cacheStore == 'blob' ? 'blob:https://${storageName}.blob.${environment().suffixes.storage}/nano-cache' : cacheStore";

/** Every entry is read from the parameter that azd fills from the variable of the same name. */
function wiring(project, what, entries) {
  const environment = environmentOf(project);
  return Object.entries(entries).flatMap(([setting, value]) => {
    if (setting === 'KEY_VAULT_URI') return String(value) === 'vault.outputs.uri' ? [] : [`${what}: KEY_VAULT_URI is ${value}`];
    if (setting === 'STATE_STORE') return String(value).replace(/\s+/g, ' ') === storeByDefault && environment.stateStore === setting ? [] : [`${what}: STATE_STORE is ${value}`];
    if (setting === 'CACHE_STORE') return String(value).replace(/\s+/g, ' ') === cacheInBlobs && environment.cacheStore === setting ? [] : [`${what}: CACHE_STORE is ${value}`];
    if (setting === 'NANO_CONFIG') return String(value) === configAsText && environment.nanoConfig === setting ? [] : [`${what}: NANO_CONFIG is ${value}`];
    const sources = value instanceof Expression ? namesIn(value.node) : [];
    const names = sources.length > 0 ? sources : [String(value)];
    return names.length === 1 && environment[names[0]] === setting ? [] : [`${what}: ${setting} is ${value}, which azd fills from ${environment[names[0]]}`];
  });
}

/** An object of settings that azd fills member by member. */
const members = (project, parameter, expected) => {
  const environment = environmentOf(project)[parameter] ?? {};
  return [
    ...difference(`${parameter} in ${parameters}`, Object.keys(environment), expected),
    ...Object.entries(environment).filter(([name, from]) => name !== from).map(([name, from]) => `${name} comes from ${from}`),
  ];
};

/** Defaults that differ in Azure: there the host keeps ten times each body in memory (docs/azure.md, "Large bodies"). */
const azureDefaults = { MAX_REQUEST_BYTES: 4194304 };

/** Bounds and default of every whole number, from the source text of the settings. */
function numbers(project) {
  const names = constants(project);
  const environment = environmentOf(project);
  const number = text => Number(text.replaceAll('_', ''));
  const found = [...project.text(code).matchAll(/new\((\w+), "[^"]*"\)\s+\{ Default = "(\d+)", Minimum = ([\d_]+), Maximum = ([\d_]+) \}/g)]
    .map(([, constant, value, minimum, maximum]) => ({ name: names[constant], value: Number(value), minimum: number(minimum), maximum: number(maximum) }))
    .filter(({ name }) => !decidedByAzure.includes(name));
  const problems = found.length > 0 ? [] : [`${code} is not understood`];
  for (const { name, value, minimum, maximum } of found) {
    const parameter = project.main.parameters.find(p => environment[p.name] === name);
    const ours = parameter && [parameter.type, parameter.default, parameter.decorators.minValue, parameter.decorators.maxValue].join();
    const theirs = ['int', azureDefaults[name] ?? value, minimum, maximum].join();
    if (ours !== theirs) problems.push(`${name}: ${ours} in Bicep, ${theirs} in the code`);
  }
  return problems;
}

export default [
  {
    name: 'the settings that Bicep passes are those of the gateway that are not secret, each from its own variable',
    check: project => {
      const given = params(project, 'modules/functionApp.bicep').gatewaySettings;
      return [
        ...(/^union\(reachableSettings, \{/.test(String(given)) && /\? union\(keylessCustomSettings, providerSettings\)/.test(project.text(main)) ? [] : ['not all settings arrive']),
        ...difference('gatewaySettings', Object.keys(writtenOut(given)), own(project).filter(name => name !== 'API_KEY')),
        ...wiring(project, 'gatewaySettings', writtenOut(given)),
        ...members(project, 'providerSettings', ofProviders(project).filter(name => !keys(project).includes(name))),
      ];
    },
    breaks: [
      edit('a setting less', main, '      KEEP_ALIVE_SECONDS: string(keepAliveSeconds)\n', ''),
      edit('a setting that is not read', main, '      KEEP_ALIVE_SECONDS:', '      KEEP_ALIVE: string(keepAliveSeconds)\n      KEEP_ALIVE_SECONDS:'),
      edit('a new setting of the gateway', code, 'public const string KeepAlive =', 'public const string New = "NEW_SETTING";\n    public const string KeepAlive ='),
      append('a new setting of a provider', '.env.example', '\n# NEW_BASE_URL=https://new.example/v1\n'),
      edit('a base URL less', parameters, /"XAI_BASE_URL": "[^"]*",/, ''),
      edit('one base URL for another', parameters, '"XAI_BASE_URL": "${XAI_BASE_URL}"', '"XAI_BASE_URL": "${OPENAI_BASE_URL}"'),
      edit('one setting for another', main, 'string(connectTimeoutSeconds)', 'string(keepAliveSeconds)'),
      edit('a value that is not set', main, 'string(keepAliveSeconds)', "'15'"),
      edit('a token without TLS', main, 'ssl=true,entra=true', 'entra=true'),
      edit('another user', main, 'user=${identity.outputs.principalId}', 'user=${principalId}'),
      edit('another vault', main, 'KEY_VAULT_URI: vault.outputs.uri', 'KEY_VAULT_URI: customEndpointUrl'),
      edit('providers left out', main, 'union(keylessCustomSettings, providerSettings)', 'keylessCustomSettings'),
      edit('keys in clear text', main, 'union(keylessCustomSettings, ', 'union(customSettings, '),
      edit('addresses of a laptop', main, 'union(reachableSettings, ', 'union(providerSettings, '),
      edit('a nano.json that is not given', main, "      NANO_CONFIG: empty(nanoConfig) ? '' : string(nanoConfig)\n", ''),
    ],
  },
  {
    name: 'the secrets that Bicep makes are the keys that the gateway reads',
    check: project => [
      ...(String(params(project, 'modules/secrets.bicep').values) === 'union(providerKeys, { API_KEY: apiKey })' ? [] : ['not all keys arrive']),
      ...(environmentOf(project).apiKey === 'API_KEY' ? [] : ['the gateway\'s own key comes from elsewhere']),
      ...members(project, 'providerKeys', keys(project)),
    ],
    breaks: [
      edit('a key less', parameters, /"GEMINI_API_KEY": "[^"]*"/, '"X": ""'),
      edit('the gateway\'s own key left out', main, 'union(providerKeys, { API_KEY: apiKey })', 'providerKeys'),
      edit('one key for another', parameters, '"XAI_API_KEY": "${XAI_API_KEY}"', '"XAI_API_KEY": "${OPENAI_API_KEY}"'),
      { what: 'a new provider', apply: p => p.with('.env.example', t => `${t}\n# NEW_API_KEY=\n`).with(local, t => t.replace('"XAI_API_KEY"', '"NEW_API_KEY": "",\n    "XAI_API_KEY"')) },
      edit('a key in the file', parameters, '"${API_KEY}"', '"Nano"'),
    ],
  },
  {
    name: 'whole numbers have the bounds and the default of the code',
    check: numbers,
    breaks: [
      edit('another default in the code', code, 'Default = "120"', 'Default = "121"'),
      edit('another maximum in the code', code, 'Maximum = 1_073_741_824', 'Maximum = 1_073_741_825'),
      edit('another minimum in Bicep', main, '@minValue(1024)', '@minValue(1)'),
      edit('another default in Bicep', main, 'keepAliveSeconds int = 15', 'keepAliveSeconds int = 30'),
      edit('text for a number', main, 'param keepAliveSeconds int = 15', "param keepAliveSeconds string = '15'"),
    ],
  },
  {
    name: 'main.parameters.json fills every parameter from the variable of its name, and every variable is one only once',
    check: project => {
      const environment = environmentOf(project);
      const names = project.main.parameters.map(p => p.name);
      const all = variables(project);
      return [
        ...difference(parameters, Object.keys(environment), names),
        ...names.filter(name => typeof environment[name] !== 'object' && environment[name] !== (azdNames[name] ?? snake(name))).map(name => `${name} comes from ${environment[name]}`),
        ...all.filter((name, i) => all.indexOf(name) !== i).map(name => `${name} is there twice`),
      ];
    },
    breaks: [
      edit('a parameter less', parameters, /,\s*"customSettings": \{\s*"value": "[^"]*"\s*\}/, ''),
      edit('another variable', parameters, '${API_KEY}', '${OPENAI_API_KEY}'),
      edit('a value for all', parameters, '"${KEEP_ALIVE_SECONDS}"', '"15"'),
      edit('a parameter that is not in Bicep', main, 'param logDailyCapGb', 'param logDailyGb'),
    ],
  },
  {
    name: 'the platform gets the settings listed here, and none that Flex Consumption decides itself',
    check: project => {
      const file = project.bicep(app);
      const value = name => file.variables.find(v => v.name === name)?.value;
      const site = file.resources.find(r => r.type === 'Microsoft.Web/sites').value.properties.siteConfig;
      return [
        ...difference('hostSettings', Object.keys(value('hostSettings') ?? {}), hostSettings),
        // The host reads a body before the gateway can refuse it, so it has the gateway's limit.
        ...(value('hostSettings')?.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT?.text === 'string(requestBodyLimitBytes)' && String(params(project, 'modules/functionApp.bicep').requestBodyLimitBytes) === 'maxRequestBytes' ? [] : ['the host takes other bodies than the gateway']),
        // A value that Azure.Identity does not know (1.21 lists them all) raises an exception at the first secret.
        ...(value('hostSettings')?.AZURE_TOKEN_CREDENTIALS === 'ManagedIdentityCredential' ? [] : ['the app signs in with something else']),
        ...(/^avoidDotnetPlaceholder\s*\? \{\s*WEBSITE_USE_PLACEHOLDER_DOTNETISOLATED: '0'\s*\}\s*: \{\}$/.test(value('placeholderSettings')?.text) ? [] : ['the workaround is not what its switch says']),
        ...(value('settings')?.text === 'union(gatewaySettings, hostSettings, placeholderSettings)' ? [] : ['settings come from elsewhere']),
        ...(/^map\(filter\(items\(settings\), setting => !empty\(setting\.value\)\), setting => \{\s*name: setting\.key\s*value: setting\.value\s*\}\)$/.test(site.appSettings?.text) ? [] : ['app settings are not the settings, or blank ones are among them']),
      ];
    },
    breaks: [
      edit('a setting that Flex refuses', app, 'var hostSettings = {', "var hostSettings = {\n  FUNCTIONS_WORKER_RUNTIME: 'dotnet-isolated'"),
      edit('a host without its own limit', app, 'string(requestBodyLimitBytes)', "'104857600'"),
      edit('a host with another limit', main, 'requestBodyLimitBytes: maxRequestBytes', 'requestBodyLimitBytes: 33554432'),
      edit('no identity', app, '  AZURE_CLIENT_ID: identityClientId\n', ''),
      edit('a credential that is none', app, "'ManagedIdentityCredential'", "'ManagedIdentity'"),
      edit('a workaround without its switch', app, 'var placeholderSettings = avoidDotnetPlaceholder', 'var placeholderSettings = !avoidDotnetPlaceholder'),
      edit('blank settings too', app, '!empty(setting.value)', 'true'),
      edit('not the gateway\'s', app, 'union(gatewaySettings, hostSettings', 'union(hostSettings'),
    ],
  },
  {
    name: 'the guide names every variable that azd may be given, and every output',
    check: project => {
      const text = project.text(guide);
      return [
        ...Object.values(environmentOf(project)).filter(name => typeof name === 'string' && !/^AZURE_(PRINCIPAL|ENV_NAME)/.test(name) && !text.includes(`\`${name}\``)).map(name => `${guide} has no \`${name}\``),
        ...project.main.outputs.filter(o => !/^(AZURE_TENANT_ID|SERVICE_)/.test(o.name) && !text.includes(o.name)).map(o => `${guide} has no ${o.name}`),
      ];
    },
    breaks: [
      edit('an undocumented variable', guide, /`LOG_DAILY_CAP_GB`/g, '`LOG_CAP`'),
      edit('a new parameter', parameters, '${KEEP_ALIVE_SECONDS}', '${KEEP_ALIVE}'),
      edit('a new output', main, 'output PANEL_URL', 'output ACCESS_PANEL'),
    ],
  },
];
