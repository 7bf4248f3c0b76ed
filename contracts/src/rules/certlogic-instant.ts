import { type Build, type Meter, operandValue } from './certlogic-build.ts';
import { shifter } from './certlogic-date-time.ts';
import type { Expr } from './certlogic-parse.ts';
import { CertLogicDateTime, truthOf } from './certlogic-values.ts';
import { RuleError } from './rule-error.ts';

/** An expression as an instant, milliseconds since 1970; null where it answers something falsy. */
export type Instant = (data: unknown, meter?: Meter) => number | null;

/** Throws `RuleError` `rule-type-mismatch` where the answer is neither falsy nor a date. */
export function compileInstant(expr: Expr, build: Build): Instant {
  if (expr.kind === 'if') {
    const guard = build.operand(expr.guard);
    const then = compileInstant(expr.then, build);
    const otherwise = compileInstant(expr.otherwise, build);
    return (data, meter) =>
      truthOf(operandValue(guard, data, meter)) === true
        ? then(data, meter)
        : otherwise(data, meter);
  }
  if (expr.kind === 'plusTime') {
    const text = build.operand(expr.operand);
    const shift = shifter(expr.amount, expr.unit, build.dates(expr.operand));
    return (data, meter) => shift(operandValue(text, data, meter));
  }
  const operand = build.operand(expr);
  const read = build.dates(expr);
  return (data, meter) => {
    const value = operandValue(operand, data, meter);
    if (value instanceof CertLogicDateTime) return value.epochMs;
    return truthOf(value) === false ? null : (read(value) ?? noDate());
  };
}

function noDate(): never {
  throw new RuleError('rule-type-mismatch', 'a hold or a code must count from a date');
}
