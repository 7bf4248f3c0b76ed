import { isUtf8 } from 'node:buffer';

/** In which character set a scanner writes what is not ASCII. `unknown`: UTF-8 where it is valid, and else GBK. */
export type ScanCharset = 'utf-8' | 'gbk' | 'unknown';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const gbk = new TextDecoder('gbk');
/** What the decoder puts where GBK has nothing: the replacement character, or one of private use. */
const UNASSIGNED = /[\u{e000}-\u{f8ff}\u{fffd}]/u;

/** The text that these bytes are, or undefined. A scanner whose setting was lost writes the other set: both are tried. */
export function decodeScan(bytes: Uint8Array, charset: ScanCharset): string | undefined {
  return charset === 'gbk' ? (asGbk(bytes) ?? asUtf8(bytes)) : (asUtf8(bytes) ?? asGbk(bytes));
}

function asUtf8(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? utf8.decode(bytes) : undefined;
}

function asGbk(bytes: Uint8Array): string | undefined {
  if (!isPaired(bytes)) return undefined;
  const text = gbk.decode(bytes);
  return UNASSIGNED.test(text) ? undefined : text;
}

/** Each lead byte of GBK has its trail: told without a decoder, which garbage would keep busy. */
function isPaired(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) continue;
    at += 1;
    const trail = bytes[at] ?? 0;
    if (lead === 0x80 || lead === 0xff || trail < 0x40 || trail === 0x7f || trail === 0xff) {
      return false;
    }
  }
  return true;
}
