import { compileAccess } from './certlogic-access.ts';
import { dccDateOfBirth, shifter } from './certlogic-date-time.ts';
import {
  childrenOf,
  type Expr,
  type IntegerComparison,
  parseRule,
  type TimeComparison,
} from './certlogic-parse.ts';
import { CertLogicDateTime, sameValue, truthOf } from './certlogic-values.ts';
import { reduceItemsCountMax, reduceNodesCountMax } from './limits.ts';
import { RuleError } from './rule-error.ts';

/** A compiled expression. Takes the data context (plain JSON) and throws only `RuleError`. */
export type CompiledRule = (data: unknown) => unknown;

/** The work that one evaluation has done. */
export interface Meter {
  reduceNodes: number;
}

/** `data` is what `var` sees here. */
export type Evaluate = (data: unknown, meter: Meter) => unknown;

/** Stands between a node and whoever evaluates it: coverage counts, explanation listens. */
export type Observe = (expr: Expr, evaluate: Evaluate) => Evaluate;

/** Parses and compiles. Throws `RuleError` `rule-malformed` exactly when the parser has something to say. */
export function compileExpression(expression: unknown): CompiledRule {
  const evaluate = compileExpr(parseOrThrow(expression));
  // One meter is enough: an evaluation is synchronous, and plain JSON calls nobody back.
  const meter: Meter = { reduceNodes: 0 };
  return (data) => {
    meter.reduceNodes = 0;
    return evaluate(data, meter);
  };
}

/** Throws `RuleError` `rule-malformed` with every problem of a malformed expression. */
export function parseOrThrow(expression: unknown): Expr {
  const parsed = parseRule(expression);
  if (parsed.expr !== null) return parsed.expr;
  const [first] = parsed.problems;
  throw new RuleError('rule-malformed', first?.message ?? 'malformed', parsed.problems);
}

/** Turns a parsed expression into closures; a constant array is one closure, its items are not observed. */
export function compileExpr(expr: Expr, observe?: Observe): Evaluate {
  const build: Build = {
    of: (child) => {
      const evaluate = compileNode(child, build);
      return observe === undefined ? evaluate : observe(child, evaluate);
    },
    fuses: observe === undefined,
  };
  return build.of(expr);
}

interface Build {
  of(expr: Expr): Evaluate;
  /** Whether an operation may do its operand's work itself: nobody observes the operand. */
  readonly fuses: boolean;
}

function compileNode(expr: Expr, build: Build): Evaluate {
  switch (expr.kind) {
    case 'literal':
      return () => expr.value;
    case 'array':
      return compileArray(expr.items, build);
    case 'var':
      return compileAccess(expr.path);
    case 'if':
      return compileIf(build.of(expr.guard), build.of(expr.then), build.of(expr.otherwise));
    case 'and':
      return compileAnd(expr.operands.map(build.of));
    case '!':
      return compileNot(build.of(expr.operand));
    case '===':
      return compileEqual(expr, build);
    case 'in':
      return compileIn(expr, build);
    case '+':
      return compilePlus(build.of(expr.left), build.of(expr.right));
    case 'reduce':
      return compileReduce(expr, build);
    case 'plusTime':
    case 'dccDateOfBirth':
    case 'extractFromUVCI':
      return compileText(expr, build);
    default:
      return compileComparison(expr.kind, expr.operands, build);
  }
}

function compileArray(items: readonly Expr[], build: Build): Evaluate {
  if (items.every((item) => item.kind === 'literal')) {
    // Frozen, because every evaluation hands out this one array.
    const constant = Object.freeze(items.map((item) => item.value));
    return () => constant;
  }
  const elements = items.map(build.of);
  return (data, meter) => elements.map((element) => element(data, meter));
}

function compileIf(guard: Evaluate, then: Evaluate, otherwise: Evaluate): Evaluate {
  return (data, meter) => (isTrue(guard(data, meter)) ? then(data, meter) : otherwise(data, meter));
}

function isTrue(value: unknown): boolean {
  return typeof value === 'boolean' ? value : truthOf(value) === true;
}

function compileAnd(operands: readonly Evaluate[]): Evaluate {
  return (data, meter) => {
    let value: unknown = true;
    for (const operand of operands) {
      value = operand(data, meter);
      if (!truthOrThrow('and', value)) return value;
    }
    return value;
  };
}

function compileNot(operand: Evaluate): Evaluate {
  return (data, meter) => !truthOrThrow('!', operand(data, meter));
}

function truthOrThrow(operator: string, value: unknown): boolean {
  const truth = typeof value === 'boolean' ? value : truthOf(value);
  if (truth !== undefined) return truth;
  throw mismatch(`operand of "${operator}" is neither truthy nor falsy`);
}

function mismatch(message: string): RuleError {
  return new RuleError('rule-type-mismatch', message);
}

type Binary = Extract<Expr, { readonly kind: '===' | 'in' | '+' }>;

function compileEqual(expr: Binary, build: Build): Evaluate {
  const left = build.of(expr.left);
  const right = build.of(expr.right);
  if (expr.right.kind === 'literal') {
    // A literal is no structure, so there is nothing to refuse.
    const { value } = expr.right;
    return (data, meter) => left(data, meter) === value;
  }
  return (data, meter) => sameValue('===', left(data, meter), right(data, meter));
}

function compileIn(expr: Binary, build: Build): Evaluate {
  const left = build.of(expr.left);
  const right = build.of(expr.right);
  if (expr.right.kind === 'array' && expr.right.items.every((item) => item.kind === 'literal')) {
    const known = right(null, { reduceNodes: 0 }) as readonly unknown[];
    return (data, meter) => known.includes(left(data, meter));
  }
  return (data, meter) => {
    const member = left(data, meter);
    const list = right(data, meter);
    if (!Array.isArray(list)) throw mismatch('second operand of "in" must be an array');
    return list.some((item: unknown) => sameValue('in', member, item ?? null));
  };
}

function compilePlus(left: Evaluate, right: Evaluate): Evaluate {
  return (data, meter) => {
    const sum = integerOf('+', left(data, meter)) + integerOf('+', right(data, meter));
    if (Number.isSafeInteger(sum)) return sum;
    throw new RuleError('rule-out-of-range', '"+" left the range of safe integers');
  };
}

function compileReduce(expr: Extract<Expr, { readonly kind: 'reduce' }>, build: Build): Evaluate {
  const list = build.of(expr.list);
  const lambda = build.of(expr.lambda);
  const initial = build.of(expr.initial);
  const lambdaNodes = nodesIn(expr.lambda);
  const keeps = keepsContext(expr.lambda);
  return (data, meter) => {
    const items = list(data, meter);
    let accumulator = initial(data, meter);
    // The suite has the reduction of a missing list as the initial value.
    if (items === null) return accumulator;
    if (!Array.isArray(items)) throw mismatch('first operand of "reduce" must be an array or null');
    spend(meter, items.length, lambdaNodes);
    const seen = { accumulator, current: null as unknown, data };
    for (const item of items) {
      seen.accumulator = accumulator;
      seen.current = item ?? null;
      accumulator = lambda(keeps ? { ...seen } : seen, meter);
    }
    return accumulator;
  };
}

/** Whether the context of an item can outlive the item: its lambda reads all of it, here or from within. */
function keepsContext(expr: Expr): boolean {
  if (expr.kind === 'var') return expr.path.every((fragment) => fragment === 'data');
  return childrenOf(expr).some(keepsContext);
}

function nodesIn(expr: Expr): number {
  return childrenOf(expr).reduce((sum, child) => sum + nodesIn(child), 1);
}

function spend(meter: Meter, items: number, lambdaNodes: number): void {
  if (items > reduceItemsCountMax) {
    throw new RuleError(
      'rule-limit-exceeded',
      `"reduce" over more than ${reduceItemsCountMax} items`,
    );
  }
  meter.reduceNodes += items * lambdaNodes;
  if (meter.reduceNodes > reduceNodesCountMax) {
    throw new RuleError(
      'rule-limit-exceeded',
      `"reduce" evaluates more than ${reduceNodesCountMax} nodes`,
    );
  }
}

type TextOperation =
  | Extract<Expr, { readonly kind: 'plusTime' | 'dccDateOfBirth' | 'extractFromUVCI' }>
  | { readonly kind: 'dccDateOfBirth'; readonly operand: Expr };

function compileText(expr: TextOperation, build: Build): Evaluate {
  const operand = build.of(expr.operand);
  switch (expr.kind) {
    case 'plusTime': {
      const shift = shifter(expr.amount, expr.unit);
      return (data, meter) => new CertLogicDateTime(shift(operand(data, meter)));
    }
    case 'dccDateOfBirth':
      return (data, meter) => dccDateOfBirth(operand(data, meter));
    case 'extractFromUVCI':
      return (data, meter) => extractFromUvci(operand(data, meter), expr.index);
  }
}

const uvciPrefix = 'URN:UVCI:';

/** https://github.com/ehn-dcc-development/dgc-business-rules/tree/main/certlogic/specification#extract-data-from-an-uci-extractfromuvci */
function extractFromUvci(uci: unknown, index: number): string | null {
  if (uci === null) return null;
  if (typeof uci !== 'string') {
    throw mismatch('operand of "extractFromUVCI" must be a string or null');
  }
  const bare = uci.startsWith(uvciPrefix) ? uci.slice(uvciPrefix.length) : uci;
  return bare.split(/[/#:]/)[index] ?? null;
}

type Comparison = IntegerComparison | TimeComparison;

/** An operand of a comparison, as a number: an integer, or the milliseconds of an instant. */
type Numeric = (data: unknown, meter: Meter) => number;

function compileComparison(kind: Comparison, operands: readonly Expr[], build: Build): Evaluate {
  const [left, right, third] = operands.map((operand) => numericOf(kind, operand, build));
  if (left === undefined || right === undefined) throw new RangeError('a comparison of one');
  const holds = comparisons[kind];
  if (third === undefined) return pairs[kind](left, right);
  return (data, meter) => {
    // Every operand is evaluated and checked, so a wrong type shows whatever the first pair says.
    const values = [left(data, meter), right(data, meter), third(data, meter)] as const;
    return holds(values[0], values[1]) && holds(values[1], values[2]);
  };
}

const comparisons: Readonly<Record<Comparison, (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '>': (left, right) => left > right,
  '<=': (left, right) => left <= right,
  '>=': (left, right) => left >= right,
  after: (left, right) => left > right,
  before: (left, right) => left < right,
  'not-after': (left, right) => left <= right,
  'not-before': (left, right) => left >= right,
};

type Pair = (left: Numeric, right: Numeric) => Evaluate;

const less: Pair = (left, right) => (data, meter) => left(data, meter) < right(data, meter);
const more: Pair = (left, right) => (data, meter) => left(data, meter) > right(data, meter);
const most: Pair = (left, right) => (data, meter) => left(data, meter) <= right(data, meter);
const least: Pair = (left, right) => (data, meter) => left(data, meter) >= right(data, meter);

const pairs: Readonly<Record<Comparison, Pair>> = {
  ...{ '<': less, '>': more, '<=': most, '>=': least },
  ...{ before: less, after: more, 'not-after': most, 'not-before': least },
};

function numericOf(kind: Comparison, operand: Expr, build: Build): Numeric {
  if (kind === '<' || kind === '>' || kind === '<=' || kind === '>=') {
    const evaluate = build.of(operand);
    return (data, meter) => integerOf(kind, evaluate(data, meter));
  }
  if (build.fuses && operand.kind === 'plusTime') {
    const text = build.of(operand.operand);
    const shift = shifter(operand.amount, operand.unit);
    return (data, meter) => shift(text(data, meter));
  }
  const evaluate = build.of(operand);
  return (data, meter) => epochMsOf(kind, evaluate(data, meter));
}

function integerOf(operator: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw mismatch(`operands of "${operator}" must be integers`);
}

function epochMsOf(operator: string, value: unknown): number {
  if (value instanceof CertLogicDateTime) return value.epochMs;
  throw mismatch(`operands of "${operator}" must be date-times`);
}
