import { compileAccess } from './certlogic-access.ts';
import type { DateReader } from './certlogic-date-time.ts';
import type { Expr } from './certlogic-parse.ts';
import { factIndexOf, readFact } from './fact-paths.ts';

/** The work that one evaluation has done. */
export interface Meter {
  reduceNodes: number;
  /** Tells evaluations over different data apart, where what is shared among them is remembered. */
  turn?: number;
}

/** `data` is what `var` sees here. What is built `metered` wants a meter. */
export type Evaluate = (data: unknown, meter?: Meter) => unknown;

/** How an operation comes by the operations below it. */
export interface Build {
  /** The value of an expression that is read where the operation stands. */
  operand(expr: Expr): Operand;
  /** What reads the texts of an expression as dates. */
  dates(expr: Expr): DateReader;
  /** For what a `reduce` does with an item, where `var` sees another context. */
  readonly inner: Build;
  /** Whether an operation may do its operand's work itself: nobody observes the operand. */
  readonly fuses: boolean;
  /** Whether `reduce` counts its work. Not needed where the size of an expression bounds it. */
  readonly metered: boolean;
}

/** An operand: mostly a fact or a literal, which `operandValue` has at hand, and else a closure to call. */
export interface Operand {
  /** Index of a fact, or one of the two below. */
  readonly at: number;
  readonly value: unknown;
  readonly evaluate: Evaluate;
}

const isLiteral = -1;
const isCalled = -2;

/** Calls are what evaluation costs: an operand that is a leaf needs none. */
export function operandValue(operand: Operand, data: unknown, meter: Meter | undefined): unknown {
  const { at } = operand;
  if (at >= 0) return readFact(at, data);
  return at === isLiteral ? operand.value : operand.evaluate(data, meter);
}

export function literalOperand(value: unknown): Operand {
  return { at: isLiteral, value, evaluate: () => value };
}

export function calledOperand(evaluate: Evaluate): Operand {
  return { at: isCalled, value: null, evaluate };
}

export function pathOperand(path: readonly string[]): Operand {
  const at = factIndexOf(path);
  if (at < 0) return calledOperand(accessBehind(path));
  return { at, value: null, evaluate: (data) => readFact(at, data) };
}

/** A path of which `readFact` knows only the first name, such as `thresholds.feverCentiC`. */
function accessBehind(path: readonly string[]): (data: unknown) => unknown {
  const at = factIndexOf(path.slice(0, 1));
  if (at < 0 || path.length === 1) return compileAccess(path);
  const rest = compileAccess(path.slice(1));
  return (data) => rest(readFact(at, data));
}
