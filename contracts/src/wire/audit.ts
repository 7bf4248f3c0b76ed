import { z } from 'zod';
import { keyIdSchema, sha256HexSchema } from '../ids.ts';

const instant = z.int().nonnegative();
const name = z.string().min(1).max(128);

/**
 * One line of the audit log: who did what to whom. `detail` is flat and holds nothing personal; its keys are
 * names of ours. Numbered from 1 without a gap. The chain is in audit/chain.ts.
 */
export const auditEntrySchema = z.strictObject({
  seq: z.int().positive(),
  /** Milliseconds since 1970. */
  at: instant,
  actor: name,
  action: name,
  subject: name.nullable(),
  detail: z.record(
    z
      .string()
      .regex(/^[a-z][A-Za-z0-9]*$/)
      .max(64),
    z.union([z.string().max(1024), z.int(), z.boolean(), z.null()]),
  ),
  previous: sha256HexSchema,
  hash: sha256HexSchema,
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** GET /v1/audit?cursor=&limit=, by an auditor: the oldest first. `next` is null on the last page. */
export const auditPageSchema = z.strictObject({
  entries: z.array(auditEntrySchema),
  next: z.string().nullable(),
});

/** What stood in the log at the end of a day, signed, so that a second party can keep it. */
export const auditRootSchema = z.strictObject({
  seq: z.int().positive(),
  /** Of the entry `seq`. */
  hash: sha256HexSchema,
  at: instant,
  keyId: keyIdSchema,
  /** Ed25519 over `rootBytes`, hex. */
  signature: z.string().regex(/^[0-9a-f]{128}$/),
});
export type AuditRoot = z.infer<typeof auditRootSchema>;

/** GET /v1/audit/roots: the oldest first. */
export const auditRootsSchema = z.strictObject({ roots: z.array(auditRootSchema) });
