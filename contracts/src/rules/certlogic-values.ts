import { RuleError } from './rule-error.ts';

/**
 * A date-time inside an evaluation. It is neither truthy nor falsy, has nothing that `var` could reach,
 * and becomes an ISO 8601 text (UTC, milliseconds) when serialised.
 */
export class CertLogicDateTime {
  readonly #epochMs: number;

  constructor(epochMs: number) {
    this.#epochMs = epochMs;
  }

  /** Milliseconds since 1970-01-01T00:00:00Z, within ECMAScript's range of +-8.64e15. */
  get epochMs(): number {
    return this.#epochMs;
  }

  toJSON(): string {
    return new Date(this.#epochMs).toISOString();
  }
}

/**
 * CertLogic's own truth: `undefined` for a value that is neither, such as a fraction or a date-time.
 * Unlike JavaScript's, an empty array and an empty object are falsy.
 * https://github.com/ehn-dcc-development/dgc-business-rules/tree/main/certlogic/specification#truthy-and-falsy-values
 */
export function truthOf(value: unknown): boolean | undefined {
  if (value === null) return false;
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      return value.length > 0;
    case 'number':
      return Number.isInteger(value) ? value !== 0 : undefined;
    case 'object':
      return truthOfObject(value);
    default:
      return undefined;
  }
}

function truthOfObject(value: object): boolean | undefined {
  if (Array.isArray(value)) return value.length > 0;
  return value instanceof CertLogicDateTime ? undefined : Object.keys(value).length > 0;
}

/**
 * Follows a path from `data`; anything missing reads as null. Only own properties count, and the names
 * that reach a prototype read as null even where hostile JSON made them own.
 */
export function access(data: unknown, path: readonly string[]): unknown {
  let value: unknown = data;
  for (const fragment of path) {
    value = step(value, fragment);
    if (value === null) return null;
  }
  return value === undefined ? null : value;
}

const prototypeNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const arrayIndex = /^(?:0|[1-9]\d{0,8})$/;

function step(value: unknown, fragment: string): unknown {
  if (typeof value !== 'object' || value === null || value instanceof CertLogicDateTime)
    return null;
  if (Array.isArray(value))
    return arrayIndex.test(fragment) ? (value[Number(fragment)] ?? null) : null;
  if (prototypeNames.has(fragment) || !Object.hasOwn(value, fragment)) return null;
  return (value as Record<string, unknown>)[fragment] ?? null;
}

/**
 * Equality without coercion, as `===` and `in` have it. Two structures (arrays, objects, date-times) are
 * refused: the specification calls that comparison unreliable, and a silent `false` would hide a rule.
 */
export function sameValue(operator: string, left: unknown, right: unknown): boolean {
  if (isStructure(left) && isStructure(right)) {
    throw new RuleError('rule-type-mismatch', `"${operator}" cannot compare two structures`);
  }
  return left === right;
}

function isStructure(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
