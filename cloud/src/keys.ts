import { generateKeyPairSync } from 'node:crypto';
import { regionIdSchema } from '@greengate/contracts/ids';
import { z } from 'zod';
import { signerOf } from './crypto.ts';
import type { Keys, Random } from './ports.ts';

const pem = z
  .string()
  .startsWith('-----BEGIN PRIVATE KEY-----', 'not a PKCS8 PEM')
  .refine(isEd25519, 'not an Ed25519 key');

/** The key file of a region's cloud. Whoever holds it is the cloud: mode 0600, never in an image or a repository. */
export const keyFileSchema = z.strictObject({
  environment: z.string().regex(/^[a-z]{1,16}$/),
  region: regionIdSchema,
  root: pem,
  issuer: pem,
  replica: pem,
  notices: pem,
  pseudonymKey: z.string().regex(/^[0-9a-f]{64}$/),
});
export type KeyFile = z.infer<typeof keyFileSchema>;

export function keysOf(file: KeyFile): Keys {
  return {
    environment: file.environment,
    region: file.region,
    root: signerOf(file.root),
    issuer: signerOf(file.issuer),
    replica: signerOf(file.replica),
    notices: signerOf(file.notices),
    pseudonymKey: Buffer.from(file.pseudonymKey, 'hex'),
  };
}

/** Makes all keys of a new region. */
export function newKeyFile(
  region: KeyFile['region'],
  environment: string,
  random: Random,
): KeyFile {
  return {
    environment,
    region,
    root: newPem(),
    issuer: newPem(),
    replica: newPem(),
    notices: newPem(),
    pseudonymKey: Buffer.from(random.bytes(32)).toString('hex'),
  };
}

function newPem(): string {
  return generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;
}

function isEd25519(text: string): boolean {
  try {
    signerOf(text);
    return true;
  } catch {
    return false;
  }
}
