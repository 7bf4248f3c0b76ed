import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isReasonCode, REASON_CODES, REASONS } from '../src/refusals.ts';
import { ok, refuse } from '../src/result.ts';

const document = readFileSync(resolve(import.meta.dirname, '../../docs/reason-codes.md'), 'utf8');
const documented = [...document.matchAll(/^\| `(?<code>[a-z-]+)` \|/gm)].map(
  (row) => row.groups?.['code'] ?? '',
);

describe('the registry of reason codes', () => {
  test('every code is documented once, and nothing else is: a code is never renamed in silence', () => {
    expect([...documented].sort()).toEqual([...REASON_CODES].sort());
  });

  test.each(REASON_CODES)('%s is kebab-case, and says what it means in both languages', (code) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(REASONS[code].zh).toMatch(/\p{Script=Han}.*。$/u);
    expect(REASONS[code].en).toMatch(/^[A-Z].*\.$/);
  });

  test.each(REASON_CODES)('docs/reason-codes.md gives the texts of %s as they are', (code) => {
    const row = document.split('\n').find((line) => line.startsWith(`| \`${code}\` |`));
    expect(row).toContain(`| ${REASONS[code].en} | ${REASONS[code].zh} |`);
  });

  test('T20 a property that every object has is no code', () => {
    for (const name of ['toString', '__proto__', 'constructor', '']) {
      expect(isReasonCode(name)).toBe(false);
    }
    expect(isReasonCode('status-green')).toBe(true);
  });

  test('a refusal is a value; its detail is there only when given', () => {
    expect(refuse('code-expired')).toEqual({ ok: false, refusal: { code: 'code-expired' } });
    expect(refuse('code-expired', 'x').refusal).toEqual({ code: 'code-expired', detail: 'x' });
    expect(ok(1)).toEqual({ ok: true, value: 1 });
  });
});
