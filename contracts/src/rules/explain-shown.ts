import { CertLogicDateTime } from './certlogic-values.ts';
import { explainValueCharsMax } from './limits.ts';

/** A value as an explanation repeats it: short JSON. Structures become a note of their size, whatever they hold. */
export function shownValue(value: unknown): unknown {
  if (value instanceof CertLogicDateTime) return value.toJSON();
  if (typeof value === 'string') return cut(value);
  if (Array.isArray(value)) return value.every(isShort) ? value : `[${value.length}]`;
  if (typeof value === 'object' && value !== null) return `{${Object.keys(value).length}}`;
  return value ?? null;
}

/** Cuts at whole code points: half a character would not be text. */
export function cut(text: string): string {
  if (text.length <= explainValueCharsMax) return text;
  return `${[...text.slice(0, explainValueCharsMax - 1)].filter(isWhole).join('')}…`;
}

/** Whether two answers are the same without looking into structures, which may be huge. */
export function identical(a: unknown, b: unknown): boolean {
  if (a instanceof CertLogicDateTime && b instanceof CertLogicDateTime)
    return a.epochMs === b.epochMs;
  return a === b;
}

function isShort(item: unknown, index: number): boolean {
  if (index >= shortListItemsCount) return false;
  return typeof item === 'string' ? item.length <= shortTextChars : typeof item !== 'object';
}

const shortListItemsCount = 12;
const shortTextChars = 32;

function isWhole(character: string): boolean {
  return character.length > 1 || !/[\uD800-\uDFFF]/.test(character);
}
