// A Bicep file as data: its declarations, with decorators and bodies, and its syntax errors.
import { createRequire } from 'node:module';
import { Language, Parser } from 'web-tree-sitter';

const require = createRequire(import.meta.url);
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(require.resolve('tree-sitter-bicep/tree-sitter-bicep.wasm')));

/** An expression that is not a literal; `text` is its source, `node` is the parser's result. */
export class Expression {
  constructor(node) {
    this.node = node;
    this.text = node.text;
  }

  toString() {
    return this.text;
  }
}

/** @returns {{file, problems, parameters, variables, outputs, resources, modules, root}} */
export function read(file, text) {
  const root = parser.parse(text).rootNode;
  const model = { file, root, problems: syntaxProblems(root), parameters: [], variables: [], outputs: [], resources: [], modules: [] };
  let decorators = {};
  for (const node of root.namedChildren) {
    if (node.type === 'comment') continue;
    if (node.type === 'decorators') {
      decorators = readDecorators(node);
      continue;
    }
    const [name, type, value] = node.namedChildren;
    switch (node.type) {
      case 'parameter_declaration':
        model.parameters.push({ name: name.text, type: type.text, decorators, node, required: value === undefined && !type.text.endsWith('?'), default: value && literal(value) });
        break;
      case 'variable_declaration':
        model.variables.push({ name: name.text, node, value: literal(node.namedChildren.at(-1)) });
        break;
      case 'output_declaration':
        model.outputs.push({ name: name.text, type: type.text, decorators, node, value: literal(node.namedChildren.at(-1)) });
        break;
      case 'module_declaration':
        model.modules.push({ name: name.text, path: literal(type), node, ...body(node) });
        break;
      case 'resource_declaration':
        resources(node, null, model.resources);
        break;
    }
    decorators = {};
  }
  return model;
}

/** All nodes below this one, itself first. */
export function* nodes(node) {
  yield node;
  for (const child of node.namedChildren) yield* nodes(child);
}

/** The names that an expression reads: parameters, variables, resources, modules; not properties, not functions. */
export function namesIn(node) {
  return [...nodes(node)].filter(isName).map(n => n.text);
}

export function isName(node) {
  if (node.type !== 'identifier') return false;
  const parent = node.parent;
  const first = parent.namedChildren[0];
  switch (parent.type) {
    case 'object_property': return !same(first, node);
    case 'call_expression': return !same(parent.childForFieldName('function'), node);
    case 'lambda_expression': return !same(first, node);
    case 'for_statement': return !same(parent.childForFieldName('initializer'), node);
    case 'resource_expression': return !same(parent.childForFieldName('resource'), node);
    case 'parameter_declaration': case 'variable_declaration': case 'output_declaration': case 'resource_declaration': case 'module_declaration':
      return !same(first, node);
    case 'type': case 'primitive_type': return false;
    default: return true;
  }
}

export const same = (a, b) => a != null && b != null && a.id === b.id;

function syntaxProblems(root) {
  const problems = [];
  (function walk(node) {
    if (node.isError) problems.push(`line ${node.startPosition.row + 1}: cannot be read: ${node.text.slice(0, 60)}`);
    if (node.isMissing) problems.push(`line ${node.startPosition.row + 1}: ${node.type} is missing`);
    for (const child of node.children) walk(child);
  })(root);
  return problems;
}

function readDecorators(node) {
  const found = {};
  for (const call of node.namedChildren.map(decorator => decorator.namedChildren[0])) {
    const argument = call.childForFieldName('arguments')?.namedChildren[0];
    found[call.childForFieldName('function').text] = argument === undefined ? true : literal(argument);
  }
  return found;
}

/** Resources are also found in the bodies of others, which are their parents. */
function resources(node, parent, list) {
  const [name, type] = node.namedChildren;
  const { 0: short, 1: version } = literal(type).split('@');
  const resource = {
    name: name.text,
    parent,
    type: parent ? `${parent.type}/${short}` : short,
    version: version ?? parent?.version,
    existing: node.children.some(child => child.text === 'existing' && !child.isNamed),
    node,
    ...body(node),
  };
  list.push(resource);
  for (const member of resource.object.namedChildren) {
    const nested = member.namedChildren[0];
    if (nested?.type === 'resource_declaration') resources(nested, resource, list);
  }
}

/** The object that a declaration ends in, through its condition and its loop. */
function body(node) {
  let last = node.namedChildren.at(-1);
  const found = { condition: null, loop: null };
  for (;;) {
    if (last.type === 'for_statement') {
      found.loop = { variable: last.childForFieldName('initializer').text, over: last.namedChildren.find((n, i) => i > 0).text };
      last = last.childForFieldName('body');
    } else if (last.type === 'if_statement') {
      found.condition = last.namedChildren[0].text;
      last = last.namedChildren.at(-1);
    } else return { ...found, object: last, value: literal(last) };
  }
}

/** A literal as a JavaScript value; anything else as an Expression. */
export function literal(node) {
  switch (node.type) {
    case 'string':
      if (node.namedChildren.some(child => child.type === 'interpolation')) return new Expression(node);
      return node.namedChildren.map(child => (child.type === 'escape_sequence' ? child.text.slice(1) : child.text)).join('');
    case 'number': return Number(node.text);
    case 'boolean': return node.text === 'true';
    case 'null': return null;
    case 'array': return node.namedChildren.filter(child => child.type !== 'comment').map(literal);
    case 'object': {
      const object = {};
      for (const property of node.namedChildren.filter(child => child.type === 'object_property')) {
        const [key, value] = [property.namedChildren[0], property.namedChildren.at(-1)];
        if (key.type === 'identifier') object[key.text] = literal(value);
        else if (key.type === 'string') object[String(literal(key))] = literal(value);
      }
      return object;
    }
    case 'unary_expression':
      if (/^-\d+$/.test(node.text)) return Number(node.text);
    // falls through
    default: return new Expression(node);
  }
}
