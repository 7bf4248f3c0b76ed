import { z } from 'zod';
import { regionIdSchema, sha256HexSchema } from '../ids.ts';
import { label } from '../rules/pack-words.ts';

/** A city's pack is scored with inside the hard lines of its province's. */
export const PACK_SCOPES = ['city', 'province'] as const;
export type PackScope = (typeof PACK_SCOPES)[number];

export const PACK_STATES = ['proposed', 'approved', 'active', 'retired', 'rejected'] as const;
export type PackState = (typeof PACK_STATES)[number];

const instant = z.int().nonnegative();
const person = z.string();

export const packRefSchema = z.strictObject({ id: label, version: z.int().positive() });

/** What linting or narrowing found; the codes are those of docs/rules.md. */
export const packFindingSchema = z.strictObject({
  code: z.string(),
  /** JSON pointer into the pack. */
  path: z.string(),
  zh: z.string(),
  en: z.string(),
});
export type PackFinding = z.infer<typeof packFindingSchema>;

export const packSummarySchema = packRefSchema.extend({
  scope: z.enum(PACK_SCOPES),
  state: z.enum(PACK_STATES),
  /** SHA-256 of the pack's canonical JSON. */
  hash: sha256HexSchema,
  /** The province's pack that a city's was checked inside of. */
  within: packRefSchema.nullable(),
  proposedBy: person,
  proposedAt: instant,
  approvedBy: person.nullable(),
  approvedAt: instant.nullable(),
  activatedAt: instant.nullable(),
});

/** Query of POST /v1/packs. `within=ID@VERSION` names a province's pack that is not in force yet. */
export const packProposalQuerySchema = z.strictObject({
  scope: z.exactOptional(z.enum(PACK_SCOPES)),
  within: z.exactOptional(z.string().regex(/^[a-z0-9-]{1,64}@[1-9][0-9]{0,8}$/)),
});

/** The answer to a proposal. Warnings do not keep a pack from being published. */
export const packProposedSchema = packSummarySchema.extend({
  warnings: z.array(packFindingSchema),
});

/** One pack whole. */
export const packViewSchema = packSummarySchema.extend({ pack: z.unknown() });

/** Which rules are in force. Verdicts name the pack of the city, and the edition as its version. */
export const packsInForceSchema = z.strictObject({
  edition: z.int().positive(),
  city: packRefSchema,
  province: packRefSchema,
  /** What is on its way, and how many 256ths of all holders it has reached. */
  rollout: z
    .strictObject({
      edition: z.int().positive(),
      city: packRefSchema,
      province: packRefSchema,
      share: z.int().min(1).max(256),
      job: z.string(),
    })
    .nullable(),
});

/** GET /v1/packs: the newest first. `history` tells what was in force and by whom. */
export const packListSchema = z.strictObject({
  inForce: packsInForceSchema,
  packs: z.array(packSummarySchema),
  history: z.array(
    z.strictObject({
      change: z.string(),
      pack: packRefSchema,
      edition: z.int().positive(),
      next: z.int().positive().nullable(),
      share: z.int(),
      by: person,
      at: instant,
    }),
  ),
});

/** What a second operator signs: the report that they have read. */
export const packApprovalSchema = z.strictObject({ impact: sha256HexSchema });

export const jobStartedSchema = z.strictObject({ job: z.string() });

const count = z.int().nonnegative();
const changes = z.array(z.strictObject({ from: z.string(), to: z.string(), holders: count }));

/** What a pack would make of everybody. It is bound to the pack, to what it is joined with, and to what was in force. */
export const impactReportSchema = z.strictObject({
  pack: packRefSchema,
  packHash: sha256HexSchema,
  /** The edition that was in force. */
  edition: z.int().positive(),
  /** The change of what is in force that was the last one then: after any other the report is of the past. */
  change: z.int().positive(),
  /** The pack of the other scope, which it was joined with. */
  beside: packRefSchema,
  at: instant,
  holders: count,
  changes,
  /** Red without an entry of a list, and without an override that two people agreed to. */
  redWithoutGrounds: count,
  /** Holders on whose facts a rule fails: with such a pack nobody may score them. */
  failed: count,
  /** The divisions where most changes; a count below ten is null. */
  divisions: z.array(
    z.strictObject({
      division: regionIdSchema,
      changes: z.array(
        z.strictObject({ from: z.string(), to: z.string(), holders: count.nullable() }),
      ),
    }),
  ),
  /** Some of those who would change, by a name that says nothing outside of this report. */
  sample: z.array(
    z.strictObject({ ref: z.string(), from: z.string(), to: z.string(), rule: z.string() }),
  ),
  /** SHA-256 of all of the above: what an approval names. */
  hash: sha256HexSchema,
});
export type ImpactReport = z.infer<typeof impactReportSchema>;

/** GET /v1/jobs/{id}: work over many holders, and how far it is. */
export const jobViewSchema = z.strictObject({
  id: z.string(),
  kind: z.string(),
  state: z.enum(['running', 'finished', 'halted']),
  done: count,
  total: count,
  createdAt: instant,
  finishedAt: instant.nullable(),
  /** Of an impact job that is finished. */
  impact: impactReportSchema.nullable(),
  /** Of a stage of a rollout. */
  changes: changes.nullable(),
  /** The job of the stage that followed this one. */
  next: z.string().nullable(),
});
export type JobView = z.infer<typeof jobViewSchema>;
