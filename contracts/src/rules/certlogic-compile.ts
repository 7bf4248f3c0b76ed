import {
  type Build,
  calledOperand,
  type Evaluate,
  literalOperand,
  type Meter,
  type Operand,
  operandValue,
  pathOperand,
} from './certlogic-build.ts';
import { compileComparison, integerOf } from './certlogic-compare.ts';
import { dateReader, dccDateOfBirth, shifter } from './certlogic-date-time.ts';
import { type Expr, parseRule } from './certlogic-parse.ts';
import { compileReduce, isBounded } from './certlogic-reduce.ts';
import { CertLogicDateTime, sameValue, truthOf } from './certlogic-values.ts';
import { RuleError } from './rule-error.ts';

/** A compiled expression. Takes the data context (plain JSON) and throws only `RuleError`. */
export type CompiledRule = (data: unknown) => unknown;

/** Stands between a node and whoever evaluates it: coverage counts, explanation listens. */
export type Observe = (expr: Expr, evaluate: Evaluate) => Evaluate;

/** Parses and compiles. Throws `RuleError` `rule-malformed` exactly when the parser has something to say. */
export function compileExpression(expression: unknown): CompiledRule {
  const expr = parseOrThrow(expression);
  if (isBounded(expr)) return plainBuild(false).operand(expr).evaluate;
  const { evaluate } = plainBuild(true).operand(expr);
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

/** Turns a parsed expression into closures that `observe` stands between; the items of a constant array it does not see. */
export function compileExpr(
  expr: Expr,
  observe: Observe = (_expr, evaluate) => evaluate,
): Evaluate {
  const build: Build = {
    operand: (child) => calledOperand(observe(child, compileNode(child, build).evaluate)),
    dates: dateReader,
    get inner() {
      return build;
    },
    fuses: false,
    metered: true,
  };
  return build.operand(expr).evaluate;
}

/** Each operation by itself, over its own operands. */
export function plainBuild(metered: boolean): Build {
  const build: Build = {
    operand: (child) => compileNode(child, build),
    dates: dateReader,
    get inner() {
      return build;
    },
    fuses: true,
    metered,
  };
  return build;
}

/** One operation over whatever `build` makes of its operands. */
export function compileNode(expr: Expr, build: Build): Operand {
  if (expr.kind === 'literal') return literalOperand(expr.value);
  return expr.kind === 'var'
    ? pathOperand(expr.path)
    : calledOperand(compileOperation(expr, build));
}

type Operation = Exclude<Expr, { readonly kind: 'literal' | 'var' }>;

function compileOperation(expr: Operation, build: Build): Evaluate {
  switch (expr.kind) {
    case 'array':
      return compileArray(expr.items, build);
    case 'if':
      return compileIf(
        build.operand(expr.guard),
        build.operand(expr.then),
        build.operand(expr.otherwise),
      );
    case 'and':
      return compileAnd(expr.operands.map(build.operand));
    case '!':
      return compileNot(build.operand(expr.operand));
    case '===':
      return compileEqual(expr, build);
    case 'in':
      return compileIn(expr, build);
    case '+':
      return compilePlus(build.operand(expr.left), build.operand(expr.right));
    case 'reduce':
      return compileReduce(expr, build);
    case 'plusTime':
    case 'dccDateOfBirth':
    case 'extractFromUVCI':
      return compileText(expr, build);
    default:
      return compileComparison(expr, build);
  }
}

function compileArray(items: readonly Expr[], build: Build): Evaluate {
  const constant = constantOf(items);
  if (constant !== undefined) return () => constant;
  const elements = items.map(build.operand);
  return (data, meter) => elements.map((element) => operandValue(element, data, meter));
}

/** Frozen, because every evaluation hands out this one array. */
function constantOf(items: readonly Expr[]): readonly unknown[] | undefined {
  const values = items.flatMap((item) => (item.kind === 'literal' ? [item.value] : []));
  return values.length === items.length ? Object.freeze(values) : undefined;
}

function compileIf(guard: Operand, then: Operand, otherwise: Operand): Evaluate {
  return (data, meter) =>
    isTrue(operandValue(guard, data, meter))
      ? operandValue(then, data, meter)
      : operandValue(otherwise, data, meter);
}

function isTrue(value: unknown): boolean {
  return typeof value === 'boolean' ? value : truthOf(value) === true;
}

function compileAnd(operands: readonly Operand[]): Evaluate {
  return (data, meter) => {
    let value: unknown = true;
    for (const operand of operands) {
      value = operandValue(operand, data, meter);
      if (!truthOrThrow('and', value)) return value;
    }
    return value;
  };
}

function compileNot(operand: Operand): Evaluate {
  return (data, meter) => !truthOrThrow('!', operandValue(operand, data, meter));
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
  const left = build.operand(expr.left);
  const right = build.operand(expr.right);
  if (expr.right.kind === 'literal') {
    // A literal is no structure, so there is nothing to refuse.
    const { value } = expr.right;
    return (data, meter) => operandValue(left, data, meter) === value;
  }
  return (data, meter) =>
    sameValue('===', operandValue(left, data, meter), operandValue(right, data, meter));
}

function compileIn(expr: Binary, build: Build): Evaluate {
  const left = build.operand(expr.left);
  const right = build.operand(expr.right);
  const known = expr.right.kind === 'array' ? constantOf(expr.right.items) : undefined;
  if (known !== undefined) return (data, meter) => known.includes(operandValue(left, data, meter));
  return (data, meter) => {
    const member = operandValue(left, data, meter);
    const list = operandValue(right, data, meter);
    if (!Array.isArray(list)) throw mismatch('second operand of "in" must be an array');
    return list.some((item: unknown) => sameValue('in', member, item ?? null));
  };
}

function compilePlus(left: Operand, right: Operand): Evaluate {
  return (data, meter) => {
    const sum =
      integerOf('+', operandValue(left, data, meter)) +
      integerOf('+', operandValue(right, data, meter));
    if (Number.isSafeInteger(sum)) return sum;
    throw new RuleError('rule-out-of-range', '"+" left the range of safe integers');
  };
}

function compileText(
  expr: Extract<Expr, { readonly kind: 'plusTime' | 'dccDateOfBirth' | 'extractFromUVCI' }>,
  build: Build,
): Evaluate {
  const operand = build.operand(expr.operand);
  switch (expr.kind) {
    case 'plusTime': {
      const shift = shifter(expr.amount, expr.unit, build.dates(expr.operand));
      return (data, meter) => new CertLogicDateTime(shift(operandValue(operand, data, meter)));
    }
    case 'dccDateOfBirth':
      return (data, meter) => dccDateOfBirth(operandValue(operand, data, meter));
    case 'extractFromUVCI':
      return (data, meter) => extractFromUvci(operandValue(operand, data, meter), expr.index);
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
