import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type KeyId, keyIdSchema } from '@greengate/contracts/ids';

/** The gateway's own Ed25519 key: made on the device, never leaves it (PROTOCOLS 5). */
export interface GatewayKey {
  readonly privateKey: KeyObject;
  /** Raw public key, 32 bytes as hex: what an operator registers. */
  readonly publicKey: string;
  readonly keyId: KeyId;
}

/** Reads `gateway.key` of the data folder, or makes it, readable by the service alone. */
export function loadGatewayKey(dataDir: string): GatewayKey {
  const file = join(dataDir, 'gateway.key');
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    pem = makeKeyFile(dataDir, file);
  }
  const privateKey = createPrivateKey(pem);
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const raw = spki.subarray(-32);
  const keyId = keyIdSchema.parse(createHash('sha256').update(raw).digest('hex').slice(0, 16));
  return { privateKey, publicKey: raw.toString('hex'), keyId };
}

/** Written whole and renamed: a power cut leaves a key or none, never half of one. */
function makeKeyFile(dataDir: string, file: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const descriptor = openSync(`${file}.new`, 'w', 0o600);
  writeSync(descriptor, pem);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(`${file}.new`, file);
  return pem;
}
