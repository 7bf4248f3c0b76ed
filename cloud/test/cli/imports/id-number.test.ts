import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPassport, readResidentNumber } from '../../../src/cli/imports/id-number.ts';
import { residentNumber } from './sample-people.ts';

/** Printed in the standard and known to all. */
const EXAMPLE = '11010519491231002X';

describe('a resident number', () => {
  test.each([
    ['as it is', EXAMPLE],
    ['T19 with a lower-case x', EXAMPLE.toLowerCase()],
    ['T19 in full-width characters', '１１０１０５１９４９１２３１００２Ｘ'],
    ['T19 with a Roman ten', `${EXAMPLE.slice(0, -1)}Ⅹ`],
    ['with a spreadsheet apostrophe and spaces', ` '${EXAMPLE}\t`],
  ])('%s', (_name, text) => {
    expect(readResidentNumber(text)).toEqual({ value: EXAMPLE });
  });

  test.each([
    ['T19 with a Cyrillic Х', `${EXAMPLE.slice(0, -1)}Х`, 'id-characters'],
    ['T19 with a Greek Χ', `${EXAMPLE.slice(0, -1)}Χ`, 'id-characters'],
    ['T19 with an O for a 0', EXAMPLE.replace('0', 'O'), 'id-characters'],
    ['T19 with a right-to-left override', `\u202e${EXAMPLE}`, 'id-characters'],
    ['T19 with a zero-width space', `110105\u200b19491231002X`, 'id-characters'],
    ['T19 with Arabic digits', EXAMPLE.replace('1', '١'), 'id-characters'],
    ['with X in the middle', '1101051949123100X2', 'id-characters'],
    ['of the old form', '110105491231002', 'id-length'],
    ['empty', '', 'id-length'],
    ['that Excel rounded', '1.10105E+17', 'id-rounded'],
    ['of the 30th of February', '11010519490230002X', 'id-birth-date'],
    ['of another century', '11010517491231002X', 'id-birth-date'],
    ['with a wrong check character', `${EXAMPLE.slice(0, -1)}0`, 'id-checksum'],
    ['with two digits exchanged', '11010519491213002X', 'id-checksum'],
  ])('%s is refused', (_name, text, code) => {
    expect(readResidentNumber(text)).toEqual({ code });
  });

  test('one mistyped digit never passes', () => {
    fc.assert(
      fc.property(fc.nat(27_999), fc.nat(16), fc.integer({ min: 1, max: 9 }), (person, at, by) => {
        const number = residentNumber(person);
        expect(readResidentNumber(number)).toEqual({ value: number });
        const wrong = (Number(number[at]) + by) % 10;
        const typed = `${number.slice(0, at)}${wrong}${number.slice(at + 1)}`;
        expect(readResidentNumber(typed)).toHaveProperty('code');
      }),
    );
  });

  test('any text is read or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const reading = readResidentNumber(text);
        if ('value' in reading) expect(reading.value).toMatch(/^[0-9]{17}[0-9X]$/);
      }),
    );
  });
});

describe('a passport', () => {
  test('has its country', () => {
    expect(readPassport(' e1234567 ', 'chn')).toEqual({ value: 'CHN-E1234567' });
    expect(readPassport('E1234567', '')).toEqual({ code: 'country-malformed', column: 'country' });
    expect(readPassport('Е1234567', 'CHN')).toEqual({ code: 'passport-malformed' });
  });
});
