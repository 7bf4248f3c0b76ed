import type { ReasonCode } from './refusals.ts';

/** An expected refusal: a value with a stable code, never an exception. `detail` holds no personal data. */
export interface Refusal {
  readonly code: ReasonCode;
  readonly detail?: string;
}

/** Either a value or a refusal. Bugs throw; bad input does not. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function refuse(code: ReasonCode, detail?: string): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: detail === undefined ? { code } : { code, detail } };
}
