import { dccDateOfBirth, plusTime } from './certlogic-date-time.ts';
import {
  childrenOf,
  type Expr,
  type IntegerComparison,
  parseRule,
  type TimeComparison,
} from './certlogic-parse.ts';
import { access, CertLogicDateTime, sameValue, truthOf } from './certlogic-values.ts';
import { reduceItemsCountMax, reduceNodesCountMax } from './limits.ts';
import { type Problem, RuleError } from './rule-error.ts';

/** A compiled expression. Takes the data context (plain JSON) and throws only `RuleError`. */
export type CompiledRule = (data: unknown) => unknown;

/**
 * Compiles a CertLogic 1.3.2 expression once; evaluating it parses nothing again.
 *
 * Throws `RuleError` `rule-malformed` exactly when `validateRule` has something to say. The result of an
 * evaluation is JSON, or a `CertLogicDateTime` (which serialises to ISO 8601). One addition, which the
 * specification names as possible: a `reduce` lambda also sees the outer context, as `data`.
 * https://github.com/ehn-dcc-development/dgc-business-rules/tree/main/certlogic/specification
 */
export function compileRule(expression: unknown): CompiledRule {
  const parsed = parseRule(expression);
  if (parsed.expr === null) {
    const [first] = parsed.problems;
    throw new RuleError('rule-malformed', first?.message ?? 'malformed', parsed.problems);
  }
  const evaluate = compile(parsed.expr);
  return (data) => evaluate({ data, meter: { reduceNodes: 0 } });
}

/** What is wrong with an expression, in the wording of the CertLogic validation suite; empty when it is valid. */
export function validateRule(expression: unknown): readonly Problem[] {
  return parseRule(expression).problems;
}

/** What an evaluation carries: the data that `var` sees here, and the work that the whole evaluation has done. */
interface Scope {
  readonly data: unknown;
  readonly meter: { reduceNodes: number };
}

type Evaluate = (scope: Scope) => unknown;

function compile(expr: Expr): Evaluate {
  switch (expr.kind) {
    case 'literal':
      return () => expr.value;
    case 'array':
      return compileArray(expr.items);
    case 'var':
      return (scope) => access(scope.data, expr.path);
    case 'if':
      return compileIf(compile(expr.guard), compile(expr.then), compile(expr.otherwise));
    case 'and':
      return compileAnd(expr.operands.map(compile));
    case '!':
      return compileNot(compile(expr.operand));
    case '===':
      return compileEqual(compile(expr.left), compile(expr.right));
    case 'in':
      return compileIn(compile(expr.left), compile(expr.right));
    case '+':
      return compilePlus(compile(expr.left), compile(expr.right));
    case 'reduce':
      return compileReduce(expr);
    case 'plusTime':
    case 'dccDateOfBirth':
    case 'extractFromUVCI':
      return compileText(expr);
    default:
      return compileComparison(expr.kind, expr.operands.map(compile));
  }
}

function compileArray(items: readonly Expr[]): Evaluate {
  if (items.every((item) => item.kind === 'literal')) {
    // Frozen, because every evaluation hands out this one array.
    const constant = Object.freeze(items.map((item) => item.value));
    return () => constant;
  }
  const elements = items.map(compile);
  return (scope) => elements.map((element) => element(scope));
}

function compileIf(guard: Evaluate, then: Evaluate, otherwise: Evaluate): Evaluate {
  return (scope) => (truthOf(guard(scope)) === true ? then(scope) : otherwise(scope));
}

function compileAnd(operands: readonly Evaluate[]): Evaluate {
  return (scope) => {
    let value: unknown = true;
    for (const operand of operands) {
      value = operand(scope);
      if (!truthOrThrow('and', value)) return value;
    }
    return value;
  };
}

function compileNot(operand: Evaluate): Evaluate {
  return (scope) => !truthOrThrow('!', operand(scope));
}

function truthOrThrow(operator: string, value: unknown): boolean {
  const truth = truthOf(value);
  if (truth !== undefined) return truth;
  throw mismatch(`operand of "${operator}" is neither truthy nor falsy`);
}

function mismatch(message: string): RuleError {
  return new RuleError('rule-type-mismatch', message);
}

function compileEqual(left: Evaluate, right: Evaluate): Evaluate {
  return (scope) => sameValue('===', left(scope), right(scope));
}

function compileIn(left: Evaluate, right: Evaluate): Evaluate {
  return (scope) => {
    const member = left(scope);
    const list = right(scope);
    if (!Array.isArray(list)) throw mismatch('second operand of "in" must be an array');
    return list.some((item: unknown) => sameValue('in', member, item ?? null));
  };
}

function compilePlus(left: Evaluate, right: Evaluate): Evaluate {
  return (scope) => {
    const sum = integerOf('+', left(scope)) + integerOf('+', right(scope));
    if (Number.isSafeInteger(sum)) return sum;
    throw new RuleError('rule-out-of-range', '"+" left the range of safe integers');
  };
}

function compileReduce(expr: Extract<Expr, { readonly kind: 'reduce' }>): Evaluate {
  const list = compile(expr.list);
  const lambda = compile(expr.lambda);
  const initial = compile(expr.initial);
  const lambdaNodes = nodesIn(expr.lambda);
  return (scope) => {
    const items = list(scope);
    let accumulator = initial(scope);
    // The suite has the reduction of a missing list as the initial value.
    if (items === null) return accumulator;
    if (!Array.isArray(items)) throw mismatch('first operand of "reduce" must be an array or null');
    spend(scope.meter, items.length, lambdaNodes);
    for (const item of items) {
      const data = { accumulator, current: item ?? null, data: scope.data };
      accumulator = lambda({ data, meter: scope.meter });
    }
    return accumulator;
  };
}

function nodesIn(expr: Expr): number {
  return childrenOf(expr).reduce((sum, child) => sum + nodesIn(child), 1);
}

function spend(meter: Scope['meter'], items: number, lambdaNodes: number): void {
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

function compileText(expr: TextOperation): Evaluate {
  const operand = compile(expr.operand);
  switch (expr.kind) {
    case 'plusTime':
      return (scope) => plusTime(operand(scope), expr.amount, expr.unit);
    case 'dccDateOfBirth':
      return (scope) => dccDateOfBirth(operand(scope));
    case 'extractFromUVCI':
      return (scope) => extractFromUvci(operand(scope), expr.index);
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

const comparisons: Readonly<
  Record<IntegerComparison | TimeComparison, (left: number, right: number) => boolean>
> = {
  '<': (left, right) => left < right,
  '>': (left, right) => left > right,
  '<=': (left, right) => left <= right,
  '>=': (left, right) => left >= right,
  after: (left, right) => left > right,
  before: (left, right) => left < right,
  'not-after': (left, right) => left <= right,
  'not-before': (left, right) => left >= right,
};

const timeComparisons: ReadonlySet<string> = new Set([
  'after',
  'before',
  'not-after',
  'not-before',
]);

function compileComparison(
  operator: IntegerComparison | TimeComparison,
  operands: readonly Evaluate[],
): Evaluate {
  const holds = comparisons[operator];
  const numberOf = timeComparisons.has(operator) ? epochMsOf : integerOf;
  return (scope) => {
    // Every operand is evaluated and checked, so a wrong type shows whatever the first pair says.
    const values = operands.map((operand) => numberOf(operator, operand(scope)));
    return values.every((value, i) => {
      const previous = values[i - 1];
      return previous === undefined || holds(previous, value);
    });
  };
}

function integerOf(operator: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw mismatch(`operands of "${operator}" must be integers`);
}

function epochMsOf(operator: string, value: unknown): number {
  if (value instanceof CertLogicDateTime) return value.epochMs;
  throw mismatch(`operands of "${operator}" must be date-times`);
}
