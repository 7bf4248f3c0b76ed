import {
  type Build,
  type Evaluate,
  type Meter,
  type Operand,
  operandValue,
} from './certlogic-build.ts';
import { shifter } from './certlogic-date-time.ts';
import type { Expr, IntegerComparison, TimeComparison } from './certlogic-parse.ts';
import { CertLogicDateTime } from './certlogic-values.ts';
import { RuleError } from './rule-error.ts';

type Comparison = Extract<Expr, { readonly kind: IntegerComparison | TimeComparison }>;

export function compileComparison({ kind, operands }: Comparison, build: Build): Evaluate {
  const [left, right, third] = operands;
  if (left === undefined || right === undefined) throw new RangeError('a comparison of one');
  if (isIntegerComparison(kind)) {
    const [first, second] = [build.operand(left), build.operand(right)];
    if (third === undefined) return integerPairs[kind](first, second);
    const all = [first, second, build.operand(third)].map((operand) => integerAt(kind, operand));
    return chain(kind, all);
  }
  const [first, second] = [instantOf(kind, left, build), instantOf(kind, right, build)];
  if (third === undefined) return timePairs[kind](first, second);
  return chain(kind, [first, second, instantOf(kind, third, build)]);
}

function isIntegerComparison(kind: Comparison['kind']): kind is IntegerComparison {
  return kind === '<' || kind === '>' || kind === '<=' || kind === '>=';
}

/** An operand as a number: an integer, or the milliseconds of an instant. */
type Numeric = (data: unknown, meter?: Meter) => number;

function chain(kind: Comparison['kind'], [left, right, third]: readonly Numeric[]): Evaluate {
  if (left === undefined || right === undefined || third === undefined) {
    throw new RangeError('a chain of two');
  }
  const holds = comparisons[kind];
  return (data, meter) => {
    // Every operand is evaluated and checked, so a wrong type shows whatever the first pair says.
    const values = [left(data, meter), right(data, meter), third(data, meter)] as const;
    return holds(values[0], values[1]) && holds(values[1], values[2]);
  };
}

const comparisons: Readonly<Record<Comparison['kind'], (left: number, right: number) => boolean>> =
  {
    '<': (left, right) => left < right,
    '>': (left, right) => left > right,
    '<=': (left, right) => left <= right,
    '>=': (left, right) => left >= right,
    after: (left, right) => left > right,
    before: (left, right) => left < right,
    'not-after': (left, right) => left <= right,
    'not-before': (left, right) => left >= right,
  };

type IntegerPair = (left: Operand, right: Operand) => Evaluate;

// Each relation a closure of its own: what is compared, and how, is settled when a rule is compiled.
const integerPairs: Readonly<Record<IntegerComparison, IntegerPair>> = {
  '<': (left, right) => (data, meter) =>
    integerOf('<', operandValue(left, data, meter)) <
    integerOf('<', operandValue(right, data, meter)),
  '>': (left, right) => (data, meter) =>
    integerOf('>', operandValue(left, data, meter)) >
    integerOf('>', operandValue(right, data, meter)),
  '<=': (left, right) => (data, meter) =>
    integerOf('<=', operandValue(left, data, meter)) <=
    integerOf('<=', operandValue(right, data, meter)),
  '>=': (left, right) => (data, meter) =>
    integerOf('>=', operandValue(left, data, meter)) >=
    integerOf('>=', operandValue(right, data, meter)),
};

type TimePair = (left: Numeric, right: Numeric) => Evaluate;

const timePairs: Readonly<Record<TimeComparison, TimePair>> = {
  after: (left, right) => (data, meter) => left(data, meter) > right(data, meter),
  before: (left, right) => (data, meter) => left(data, meter) < right(data, meter),
  'not-after': (left, right) => (data, meter) => left(data, meter) <= right(data, meter),
  'not-before': (left, right) => (data, meter) => left(data, meter) >= right(data, meter),
};

function integerAt(kind: string, operand: Operand): Numeric {
  return (data, meter) => integerOf(kind, operandValue(operand, data, meter));
}

/** The `+` operation's and the comparisons' idea of a number. Throws `RuleError` `rule-type-mismatch`. */
export function integerOf(operator: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new RuleError('rule-type-mismatch', `operands of "${operator}" must be integers`);
}

function instantOf(kind: TimeComparison, operand: Expr, build: Build): Numeric {
  if (build.fuses && operand.kind === 'plusTime') {
    const text = build.operand(operand.operand);
    const shift = shifter(operand.amount, operand.unit, build.dates(operand.operand));
    return (data, meter) => shift(operandValue(text, data, meter));
  }
  const value = build.operand(operand);
  return (data, meter) => epochMsOf(kind, operandValue(value, data, meter));
}

function epochMsOf(operator: string, value: unknown): number {
  if (value instanceof CertLogicDateTime) return value.epochMs;
  throw new RuleError('rule-type-mismatch', `operands of "${operator}" must be date-times`);
}
