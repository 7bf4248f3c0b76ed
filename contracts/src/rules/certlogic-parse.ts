import { TIME_UNITS, type TimeUnit } from './certlogic-date-time.ts';
import { expressionDepthLevelsMax, expressionNodesCountMax } from './limits.ts';
import type { Problem } from './rule-error.ts';

export type IntegerComparison = '<' | '>' | '<=' | '>=';
export type TimeComparison = 'after' | 'before' | 'not-after' | 'not-before';

/** A parsed expression: what is compiled, read for its paths, and later explained and linted. */
export type Expr =
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'array'; readonly items: readonly Expr[] }
  /** An empty path is the whole data context. */
  | { readonly kind: 'var'; readonly path: readonly string[] }
  | { readonly kind: 'if'; readonly guard: Expr; readonly then: Expr; readonly otherwise: Expr }
  | { readonly kind: 'and'; readonly operands: readonly Expr[] }
  | { readonly kind: '!'; readonly operand: Expr }
  | { readonly kind: 'dccDateOfBirth'; readonly operand: Expr }
  | { readonly kind: '===' | 'in' | '+'; readonly left: Expr; readonly right: Expr }
  | { readonly kind: IntegerComparison | TimeComparison; readonly operands: readonly Expr[] }
  | {
      readonly kind: 'plusTime';
      readonly operand: Expr;
      readonly amount: number;
      readonly unit: TimeUnit;
    }
  | { readonly kind: 'extractFromUVCI'; readonly operand: Expr; readonly index: number }
  | {
      readonly kind: 'reduce';
      readonly list: Expr;
      readonly lambda: Expr;
      readonly initial: Expr;
    };

/** The expressions directly inside one, in order. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'literal':
    case 'var':
      return [];
    case 'array':
      return expr.items;
    case 'if':
      return [expr.guard, expr.then, expr.otherwise];
    case 'reduce':
      return [expr.list, expr.lambda, expr.initial];
    case '===':
    case 'in':
    case '+':
      return [expr.left, expr.right];
    case '!':
    case 'plusTime':
    case 'dccDateOfBirth':
    case 'extractFromUVCI':
      return [expr.operand];
    default:
      return expr.operands;
  }
}

export type Parsed =
  | { readonly expr: Expr; readonly problems: readonly [] }
  | { readonly expr: null; readonly problems: readonly Problem[] };

/**
 * Turns JSON into an expression, or says everything that is wrong with it. Never throws; stops at the limits
 * of depth and size, so a cyclic or enormous object is an ordinary problem.
 * https://github.com/ehn-dcc-development/dgc-business-rules/tree/main/certlogic/specification
 */
export function parseRule(expression: unknown): Parsed {
  const walk: Walk = { problems: [], nodes: 0, stopped: false };
  const expr = parseNode(walk, expression, 1);
  return expr !== null && walk.problems.length === 0
    ? { expr, problems: [] }
    : { expr: null, problems: walk.problems };
}

interface Walk {
  readonly problems: Problem[];
  nodes: number;
  stopped: boolean;
}

/** An operation under the parser's eyes: `at` parses the operand of that index. */
interface Operation {
  readonly walk: Walk;
  readonly expr: object;
  readonly operator: string;
  readonly values: readonly unknown[];
  readonly level: number;
}

function problem(walk: Walk, expr: unknown, message: string): null {
  walk.problems.push({ expr, message });
  return null;
}

function parseNode(walk: Walk, expr: unknown, level: number): Expr | null {
  if (walk.stopped || !withinLimits(walk, expr, level)) return null;
  if (typeof expr === 'string' || typeof expr === 'boolean')
    return { kind: 'literal', value: expr };
  if (typeof expr === 'number') {
    return Number.isInteger(expr)
      ? { kind: 'literal', value: expr }
      : problem(walk, expr, `${expr} is a non-integer number`);
  }
  if (typeof expr !== 'object' || expr === null) {
    return problem(walk, expr, 'invalid CertLogic expression');
  }
  if (Array.isArray(expr)) {
    const items = parseAll(walk, expr, level + 1);
    return items === null ? null : { kind: 'array', items };
  }
  return parseOperation(walk, expr, level);
}

function withinLimits(walk: Walk, expr: unknown, level: number): boolean {
  walk.nodes += 1;
  if (level > expressionDepthLevelsMax) {
    walk.stopped = true;
    problem(walk, expr, `expression is nested deeper than ${expressionDepthLevelsMax} levels`);
  } else if (walk.nodes > expressionNodesCountMax) {
    walk.stopped = true;
    problem(walk, expr, `expression has more than ${expressionNodesCountMax} nodes`);
  }
  return !walk.stopped;
}

function parseAll(walk: Walk, values: readonly unknown[], level: number): Expr[] | null {
  const parsed: Expr[] = [];
  // By index: an iteration method would skip the holes of a sparse array, and could not be stopped early.
  for (let i = 0; i < values.length && !walk.stopped; i++) {
    const item = parseNode(walk, values[i], level);
    if (item !== null) parsed.push(item);
  }
  return parsed.length === values.length ? parsed : null;
}

function parseOperation(walk: Walk, expr: object, level: number): Expr | null {
  const entries = Object.entries(expr);
  const [entry] = entries;
  if (entry === undefined || entries.length !== 1) {
    const message = `expression object must have exactly one key, but it has ${entries.length}`;
    return problem(walk, expr, message);
  }
  const [operator, values]: [string, unknown] = entry;
  if (operator === 'var') return parseVar(walk, expr, values);
  if (!Array.isArray(values)) {
    return problem(walk, expr, 'operation not of the form { "<operator>": [ <values...> ] }');
  }
  const parse = operations.get(operator);
  return parse === undefined
    ? problem(walk, expr, `unrecognised operator: "${operator}"`)
    : parse({ walk, expr, operator, values, level: level + 1 });
}

function parseVar(walk: Walk, expr: object, path: unknown): Expr | null {
  if (typeof path !== 'string') {
    return problem(walk, expr, 'not of the form { "var": "<path>" }');
  }
  const fragments = path === '' ? [] : path.split('.');
  return fragments.includes('')
    ? problem(walk, expr, `data access path doesn't have a valid format: ${path}`)
    : { kind: 'var', path: fragments };
}

/** Parses the first `most` operands as expressions; complains once when `count` does not fit. */
function operandsOf(
  operation: Operation,
  most: number,
  fits: boolean,
  rule: string,
): Expr[] | null {
  const { walk, expr, values, level } = operation;
  if (!fits) problem(walk, expr, `${rule}, but it has ${values.length}`);
  return parseAll(walk, values.slice(0, Math.min(most, expressionNodesCountMax)), level);
}

function exactly(operation: Operation, count: number): Expr[] | null {
  const rule = `${article(operation.operator)} "${operation.operator}"-operation must have exactly ${count} ${count === 1 ? 'value/operand' : 'values/operands'}`;
  return operandsOf(operation, count, operation.values.length === count, rule);
}

/** As `exactly`, for operations of which only the first operand is an expression. */
function firstOf(operation: Operation, count: number): Expr | null {
  const { operator, values } = operation;
  const rule = `${article(operator)} "${operator}"-operation must have exactly ${count} ${count === 1 ? 'value/operand' : 'values/operands'}`;
  return operandsOf(operation, 1, values.length === count, rule)?.[0] ?? null;
}

function article(operator: string): 'a' | 'an' {
  return /^[aeiou]/.test(operator) ? 'an' : 'a';
}

function parseIf(operation: Operation): Expr | null {
  const [guard, then, otherwise] = exactly(operation, 3) ?? [];
  if (guard === undefined || then === undefined || otherwise === undefined) return null;
  return { kind: 'if', guard, then, otherwise };
}

function parseReduce(operation: Operation): Expr | null {
  const [list, lambda, initial] = exactly(operation, 3) ?? [];
  if (list === undefined || lambda === undefined || initial === undefined) return null;
  return { kind: 'reduce', list, lambda, initial };
}

function parseAnd(operation: Operation): Expr | null {
  const { values } = operation;
  const rule = 'an "and" operation must have at least 2 operands';
  const operands = operandsOf(operation, values.length, values.length >= 2, rule);
  return operands === null ? null : { kind: 'and', operands };
}

function parseNot(operation: Operation): Expr | null {
  const rule = 'a !-operation (logical not/negation) must have exactly 1 operand';
  const [operand] = operandsOf(operation, 1, operation.values.length === 1, rule) ?? [];
  return operand === undefined ? null : { kind: '!', operand };
}

function parseDateOfBirth(operation: Operation): Expr | null {
  const operand = firstOf(operation, 1);
  return operand === null ? null : { kind: 'dccDateOfBirth', operand };
}

function parseBinary(kind: '===' | 'in' | '+'): (operation: Operation) => Expr | null {
  return (operation) => {
    const rule = `an operation with operator "${kind}" must have 2 operands`;
    const [left, right] = operandsOf(operation, 2, operation.values.length === 2, rule) ?? [];
    return left === undefined || right === undefined ? null : { kind, left, right };
  };
}

function parseComparison(
  kind: IntegerComparison | TimeComparison,
): (operation: Operation) => Expr | null {
  return (operation) => {
    const count = operation.values.length;
    const rule = `an operation with operator "${kind}" must have 2 or 3 operands`;
    const operands = operandsOf(operation, 3, count === 2 || count === 3, rule);
    return operands === null ? null : { kind, operands };
  };
}

function parsePlusTime(operation: Operation): Expr | null {
  const [, amount, unit] = operation.values;
  const operand = firstOf(operation, 3);
  const known = TIME_UNITS.find((candidate) => candidate === unit);
  if (operation.values.length > 2 && known === undefined) {
    const message = `"unit" argument (#3) of "plusTime" must be one of ${TIME_UNITS.join(', ')}, but it is: ${shown(unit)}`;
    problem(operation.walk, operation.expr, message);
  }
  if (!isInteger(operation, '"amount" argument (#2) of "plusTime"', amount)) return null;
  if (operand === null || known === undefined) return null;
  return { kind: 'plusTime', operand, amount, unit: known };
}

function parseExtract(operation: Operation): Expr | null {
  const index = operation.values[1];
  const operand = firstOf(operation, 2);
  if (!isInteger(operation, '"index" argument (#2) of "extractFromUVCI"', index)) return null;
  return operand === null ? null : { kind: 'extractFromUVCI', operand, index };
}

function isInteger(operation: Operation, name: string, value: unknown): value is number {
  if (Number.isInteger(value)) return true;
  if (operation.values.length > 1) {
    problem(
      operation.walk,
      operation.expr,
      `${name} must be an integer, but it is: ${shown(value)}`,
    );
  }
  return false;
}

// An object's own toString may throw or be missing; its kind is enough to find the mistake.
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

const operations: ReadonlyMap<string, (operation: Operation) => Expr | null> = new Map([
  ['if', parseIf],
  ['and', parseAnd],
  ['!', parseNot],
  ['plusTime', parsePlusTime],
  ['reduce', parseReduce],
  ['extractFromUVCI', parseExtract],
  ['dccDateOfBirth', parseDateOfBirth],
  ...(['===', 'in', '+'] as const).map((kind) => [kind, parseBinary(kind)] as const),
  ...(['<', '>', '<=', '>=', 'after', 'before', 'not-after', 'not-before'] as const).map(
    (kind) => [kind, parseComparison(kind)] as const,
  ),
]);
