import { parseDateTime } from './certlogic-date-time.ts';

/** What kinds of value an expression can have. A `date` is a text that CertLogic reads as one; an `instant` is what `plusTime` makes of it. */
export type Kind = 'boolean' | 'integer' | 'text' | 'date' | 'instant' | 'list' | 'object' | 'null';

/** All that is known of an expression's value; `kinds` null is "anything". */
export interface Type {
  readonly kinds: ReadonlySet<Kind> | null;
  /** Every text that it can be, where that is known; counts only with the kind `text`. */
  readonly texts: readonly string[] | null;
}

export const ANY: Type = { kinds: null, texts: null };

export function typeOf(...kinds: readonly Kind[]): Type {
  return { kinds: new Set(kinds), texts: null };
}

export function textIn(texts: readonly string[]): Type {
  return { kinds: new Set<Kind>(['text']), texts };
}

export function literalType(value: string | number | boolean): Type {
  if (typeof value === 'boolean') return typeOf('boolean');
  if (typeof value === 'number') return typeOf('integer');
  return parseDateTime(value) === null
    ? textIn([value])
    : { kinds: new Set<Kind>(['text', 'date']), texts: [value] };
}

/** What is true of a value that is one or the other. */
export function unionOf(a: Type, b: Type): Type {
  if (a.kinds === null || b.kinds === null) return ANY;
  const kinds = new Set([...a.kinds, ...b.kinds]);
  if (!a.kinds.has('text')) return { kinds, texts: b.texts };
  if (!b.kinds.has('text')) return { kinds, texts: a.texts };
  const known = a.texts !== null && b.texts !== null;
  return { kinds, texts: known ? [...new Set([...a.texts, ...b.texts])] : null };
}

/** What is left of a type when its value is falsy. */
export function falsyOf(type: Type): Type {
  if (type.kinds === null) return ANY;
  const kinds = [...type.kinds].filter((kind) => kind !== 'date' && kind !== 'instant');
  const canBeEmpty = type.texts === null || type.texts.includes('');
  return {
    kinds: new Set(kinds.filter((kind) => kind !== 'text' || canBeEmpty)),
    texts: [''],
  };
}

export function can(type: Type, ...kinds: readonly Kind[]): boolean {
  const { kinds: possible } = type;
  return possible === null || kinds.some((kind) => possible.has(kind));
}

/** Whether nothing but these kinds is possible. */
export function isOnly(type: Type, ...kinds: readonly Kind[]): boolean {
  return type.kinds === null || [...type.kinds].every((kind) => kinds.includes(kind));
}

export function kindsShown(type: Type): string {
  return type.kinds === null ? 'anything' : [...type.kinds].sort().join(', ');
}

export function sameType(a: Type, b: Type): boolean {
  return kindsShown(a) === kindsShown(b) && String(a.texts) === String(b.texts);
}

export type Equality = 'possible' | 'type-impossible' | 'value-impossible' | 'date-unparseable';

/** Whether `===` of two such values can be anything but false or an error. */
export function equalityOf(a: Type, b: Type): Equality {
  if (a.kinds === null || b.kinds === null) return 'possible';
  const other = b.kinds;
  const shared = [...a.kinds].filter((kind) => other.has(kind) && !structures.has(kind));
  if (shared.some((kind) => kind !== 'text')) return 'possible';
  if (shared.length > 0) return textsMeet(a.texts, b.texts) ? 'possible' : 'value-impossible';
  return dateAgainstText(a, b) ?? dateAgainstText(b, a) ?? 'type-impossible';
}

const structures: ReadonlySet<Kind> = new Set(['list', 'object', 'instant']);

function textsMeet(a: Type['texts'], b: Type['texts']): boolean {
  return a === null || b === null || a.some((text) => b.includes(text));
}

/** A date never equals a text that is none; an open text may well be one. */
function dateAgainstText(date: Type, text: Type): Equality | undefined {
  if (!can(date, 'date') || !can(text, 'text')) return undefined;
  return text.texts === null ? 'possible' : 'date-unparseable';
}
