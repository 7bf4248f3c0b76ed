import { describe, expect, test } from 'vitest';
import { expectedOf } from '../src/oracle.ts';
import type { Person } from '../src/person.ts';

const green: Person = {
  id: 'green-0001',
  name: '王芳',
  idNumber: '990000199001010017',
  phone: '19900000001',
  standing: 'green',
  minted: 'green',
  mintedDaysAgo: 0,
  carrier: 'phone',
  flaw: null,
  reading: 'normal',
  celsius: 36.5,
};
const visit = { passback: false, measured: true };

const TABLE: readonly [Partial<Person>, string][] = [
  [{}, 'open status-green'],
  [{ reading: 'fever', celsius: 38.4 }, 'refuse temperature-fever'],
  [{ reading: 'nan' }, 'refer temperature-invalid'],
  [{ reading: 'absurd' }, 'refer temperature-out-of-range'],
  [{ standing: 'yellow' }, 'refuse status-yellow'],
  [{ standing: 'yellow', reading: 'fever' }, 'refuse status-yellow'],
  [{ standing: 'red' }, 'refuse status-red'],
  [{ carrier: 'paper' }, 'refer identity-check-needed'],
  [{ carrier: 'paper', standing: 'red' }, 'refuse status-red'],
  [{ carrier: 'paper', reading: 'fever' }, 'refer identity-check-needed'],
  [{ standing: 'unknown' }, 'open status-green'],
  [{ standing: 'unknown', minted: 'pending' }, 'refer status-pending'],
  [{ standing: 'unknown', minted: 'red' }, 'refuse status-red'],
  [{ standing: 'unknown', minted: 'yellow' }, 'refuse status-yellow'],
  [{ standing: 'unknown', mintedDaysAgo: 2 }, 'refer status-unknown'],
  [{ flaw: 'expired' }, 'refuse code-expired'],
  [{ flaw: 'not-yet-valid' }, 'refuse code-not-yet-valid'],
  [{ flaw: 'foreign-region' }, 'refuse code-issuer-mismatch'],
  [{ flaw: 'foreign-key' }, 'refuse code-key-unknown'],
  [{ flaw: 'replica-key' }, 'refuse code-key-purpose'],
  [{ flaw: 'forged', reading: 'fever' }, 'refuse code-signature-invalid'],
  [{ flaw: 'truncated' }, 'refuse code-truncated'],
  [{ flaw: 'screenshot' }, 'refuse code-step-stale'],
  [{ flaw: 'clock-ahead' }, 'refuse code-step-ahead'],
  [{ flaw: 'no-proof' }, 'refuse code-proof-missing'],
  [{ flaw: 'borrowed' }, 'refuse code-proof-invalid'],
  [{ flaw: 'oversized' }, 'refuse code-too-long'],
  [{ flaw: 'not-a-code' }, 'refuse code-prefix-unknown'],
  [{ flaw: 'garbled' }, 'refuse code-malformed'],
];

describe('oracle', () => {
  test.each(TABLE)('%j should get %s', (change, should) => {
    const { action, reason } = expectedOf({ ...green, ...change }, visit);
    expect(`${action} ${reason}`).toBe(should);
  });

  test('a code shown again is refused, whatever the forehead says', () => {
    const expected = expectedOf({ ...green, reading: 'fever' }, { ...visit, passback: true });
    expect(expected).toEqual({ action: 'refuse', reason: 'code-already-used' });
  });

  test('a lane without a thermometer knows no fever', () => {
    const fever: Person = { ...green, reading: 'fever' };
    expect(expectedOf(fever, { ...visit, measured: false }).action).toBe('open');
  });
});
