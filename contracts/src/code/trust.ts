import { z } from 'zod';
import { type KeyId, keyIdSchema, regionIdSchema } from '../ids.ts';

/** What a key may sign. A key of one purpose is nothing for another (THREATS T2). */
export const KEY_PURPOSES = ['issue', 'replica'] as const;

/** One public key of the trust list. Times are EpochMs. */
export const trustedKeySchema = z.strictObject({
  keyId: keyIdSchema,
  /** Raw Ed25519 public key, 32 bytes as hex. */
  publicKey: z.string().regex(/^[0-9a-f]{64}$/),
  purpose: z.enum(KEY_PURPOSES),
  issuer: regionIdSchema,
  /** `production`, `staging`, `demo`: a key of another environment is refused (THREATS T30). */
  environment: z.string().regex(/^[a-z]{1,16}$/),
  notBefore: z.int().nonnegative(),
  notAfter: z.int().nonnegative(),
});
export type TrustedKey = z.infer<typeof trustedKeySchema>;

/** Whom a gateway believes. Travels in the control stream, which the root key signs. */
export const trustListSchema = z.strictObject({
  version: z.int().positive(),
  environment: z.string().regex(/^[a-z]{1,16}$/),
  /** Each key id once: with two, the order of the list would decide which one counts. */
  keys: z
    .array(trustedKeySchema)
    .max(1000)
    .refine((keys) => new Set(keys.map((key) => key.keyId)).size === keys.length),
  /** Regions whose codes open gates here. Another region's key may be known and still be foreign. */
  issuersAccepted: z.array(regionIdSchema).max(1000),
});
export type TrustList = z.infer<typeof trustListSchema>;

export function findKey(trust: TrustList, keyId: KeyId): TrustedKey | undefined {
  return trust.keys.find((key) => key.keyId === keyId);
}
