import { createHmac } from 'node:crypto';
import type { EpochMs } from '@greengate/contracts/time';
import { totpStepSeconds } from './limits.ts';

/** The time step whose code this is (RFC 6238), of the present one and its neighbours; undefined when it is of none. */
export function stepOfCode(secret: Buffer, code: string, now: EpochMs): number | undefined {
  const present = Math.floor(now / (totpStepSeconds * 1000));
  return [present - 1, present, present + 1].find((step) => codeOfStep(secret, step) === code);
}

/** HOTP of RFC 4226, six digits. */
export function codeOfStep(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const at = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
