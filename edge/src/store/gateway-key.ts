import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type KeyId, keyIdSchema } from '@greengate/contracts/ids';
import { writeWholeFile } from './whole-file.ts';

/** The gateway's own Ed25519 key: made on the device, never leaves it (PROTOCOLS 5). */
export interface GatewayKey {
  readonly privateKey: KeyObject;
  /** Raw public key, 32 bytes as hex: what an operator registers. */
  readonly publicKey: string;
  readonly keyId: KeyId;
}

/**
 * Reads `gateway.key` of the data folder, or makes it, readable by the service alone. One that is damaged is set aside: the
 * cloud does not know the new one and refuses the gateway until it is registered again, and the gates go on.
 */
export function loadGatewayKey(dataDir: string): GatewayKey {
  const pem = readOrMake(dataDir, 'gateway.key', isPrivateKey, () => {
    const { privateKey: made } = generateKeyPairSync('ed25519');
    return made.export({ format: 'pem', type: 'pkcs8' }).toString();
  });
  const privateKey = createPrivateKey(pem);
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const raw = spki.subarray(-32);
  const keyId = keyIdSchema.parse(createHash('sha256').update(raw).digest('hex').slice(0, 16));
  return { privateKey, publicKey: raw.toString('hex'), keyId };
}

/**
 * Reads `replica.key` of the data folder, or makes it: 32 bytes that seal the rows of replica.db. It is not in that
 * file, so what damages or changes the file cannot seal it anew. Lost or damaged, the replica is fetched anew.
 */
export function loadSealKey(dataDir: string): Uint8Array {
  const isKey = (text: string) => /^[0-9a-f]{64}\n$/.test(text);
  const make = () => `${randomBytes(32).toString('hex')}\n`;
  const hex = readOrMake(dataDir, 'replica.key', isKey, make);
  return createHash('sha256').update(hex).digest();
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}

function readOrMake(
  dataDir: string,
  name: string,
  isWhole: (text: string) => boolean,
  make: () => string,
): string {
  const file = join(dataDir, name);
  try {
    const text = readFileSync(file, 'utf8');
    if (isWhole(text)) return text;
    renameSync(file, `${file}.damaged`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const made = make();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeWholeFile(file, made);
  return made;
}
