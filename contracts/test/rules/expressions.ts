import { RuleError, type RuleErrorCode } from '../../src/rules/rule-error.ts';

/** `levels` negations around a value. */
export function nested(levels: number, value: unknown): unknown {
  let expression = value;
  for (let i = 0; i < levels; i++) expression = { '!': [expression] };
  return expression;
}

/** The code of the `RuleError` that `act` throws; undefined when it throws none. Other errors pass through. */
export function codeOf(act: () => unknown): RuleErrorCode | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof RuleError) return error.code;
    throw error;
  }
}
