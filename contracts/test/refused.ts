import type { ReasonCode } from '../src/refusals.ts';
import type { Result } from '../src/result.ts';

/** Why a result was refused; undefined when it was not. */
export function refused(result: Result<unknown>): ReasonCode | undefined {
  return result.ok ? undefined : result.refusal.code;
}

/** The value of a result that must be good. */
export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.refusal.code}`);
  return result.value;
}
