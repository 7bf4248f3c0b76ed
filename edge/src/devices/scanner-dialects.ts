import { gm65 } from './gm65.ts';
import { mt1 } from './mt1.ts';
import { MUTE_DIALECTS, type ScannerDialect } from './scanner-dialect.ts';
import { ssi } from './ssi.ts';

/** Every family of scanners that is known, by the name that a configuration gives it. */
export const SCANNER_DIALECTS: Readonly<Record<ScannerDialect['name'], ScannerDialect>> = {
  gm65,
  mt1,
  ssi,
  ...MUTE_DIALECTS,
};
