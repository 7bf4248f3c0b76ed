import type { Reading } from './import-problem.ts';
import { isCalendarDay } from './import-values.ts';

/**
 * A resident identity number (GB 11643) as the wire has it: NFKC, upper case, checked by its length, its date of
 * birth and its check character. So full-width digits and a lower-case x become the one spelling, and letters that
 * only look alike are refused (THREATS T19). Residence permits of 18 characters follow the same rule.
 */
export function readResidentNumber(text: string): Reading<string> {
  const number = plain(text);
  if (/^[0-9](?:\.[0-9]+)?E\+?[0-9]+$/.test(number)) return { code: 'id-rounded' };
  if (!/^[0-9]*X?$/.test(number)) return { code: 'id-characters' };
  if (number.length !== 18) return { code: 'id-length' };
  const [year, month, day] = [number.slice(6, 10), number.slice(10, 12), number.slice(12, 14)];
  if (!isCalendarDay(`${year}-${month}-${day}`)) return { code: 'id-birth-date' };
  return number.endsWith(checkCharacter(number)) ? { value: number } : { code: 'id-checksum' };
}

/** A passport as the wire has it: `USA-123456789`. */
export function readPassport(number: string, country: string): Reading<string> {
  const [digits, issuer] = [plain(number), plain(country)];
  if (!/^[A-Z0-9]{5,9}$/.test(digits)) return { code: 'passport-malformed' };
  return /^[A-Z]{3}$/.test(issuer)
    ? { value: `${issuer}-${digits}` }
    : { code: 'country-malformed', column: 'country' };
}

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS = '10X98765432';

function checkCharacter(number: string): string {
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(number[at]), 0);
  return CHECK_CHARACTERS.charAt(sum % 11);
}

/** Spreadsheets put an apostrophe before a number that is meant as text. */
function plain(text: string): string {
  return text.normalize('NFKC').trim().replace(/^'/, '').toUpperCase();
}
