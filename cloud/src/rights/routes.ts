import type { AuditEntry } from '@greengate/contracts/wire/audit';
import {
  exportSchema,
  forgottenSchema,
  looksPageSchema,
  personCorrectionSchema,
  recordsSchema,
} from '@greengate/contracts/wire/rights';
import type { Context } from 'hono';
import { z } from 'zod';
import type { AuditStore } from '../audit-port.ts';
import { parseWith, readJson } from '../body.ts';
import type { IdentityVault } from '../identity.ts';
import { pageRowsDefault } from '../limits.ts';
import { wholeNumber, wholePageLimit } from '../page.ts';
import type { Clock, Published } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import type { HolderRecords, RightsStore } from '../rights-port.ts';
import { addRoute, type CloudApp, type CloudEnv, holderOf } from '../route.ts';

export interface RightsDeps {
  readonly store: RightsStore & AuditStore;
  readonly vault: IdentityVault;
  readonly clock: Clock;
  readonly rescore: (holders: readonly string[]) => Promise<void>;
  readonly published: (changes: readonly Published[]) => void;
  /** Forgets the account that a holder signs in by. */
  readonly forgetAccount: (holder: string) => Promise<void>;
}

/** What the law gives a holder: to see, to take along, to correct, to be forgotten (DOMAIN 8). */
export function rightsRoutes(app: CloudApp, deps: RightsDeps): void {
  const { store, vault } = deps;
  addRoute(app, {
    method: 'get',
    path: '/v1/records',
    summary: 'Everything that is held on the holder and bears on their colour.',
    callers: ['holder'],
    answer: recordsSchema,
    handler: async (c) => c.json({ records: (await recordsOf(c, deps)).kinds }),
  });
  addRoute(app, {
    method: 'get',
    path: '/v1/looks',
    summary: 'Who of the staff looked at the holder or wrote about them, the newest first.',
    callers: ['holder'],
    query: looksQuery,
    answer: looksPageSchema,
    handler: async (c) => {
      const { before, limit = pageRowsDefault } = parseWith(looksQuery, c.req.query());
      const entries = await store.auditAbout(holderOf(c), before, limit);
      const next = entries.length < limit ? null : (entries.at(-1)?.seq ?? null);
      return c.json({ looks: entries.map(lookOf), next });
    },
  });
  addRoute(app, {
    method: 'get',
    path: '/v1/export',
    summary: 'All of it as a file to take along, with name, number and phone.',
    callers: ['holder'],
    answer: exportSchema,
    handler: async (c) => {
      const { sealed, kinds } = await recordsOf(c, deps);
      c.header('content-disposition', 'attachment; filename="greengate-export.json"');
      return c.json({ person: vault.open(sealed), records: kinds });
    },
  });
  addRoute(app, {
    method: 'put',
    path: '/v1/person',
    summary: "Correct the holder's own name or phone. A wrong number is corrected at an office.",
    callers: ['holder'],
    body: personCorrectionSchema,
    answer: z.strictObject({ corrected: z.literal(true) }),
    handler: async (c) => {
      const correction = await readJson(c, personCorrectionSchema);
      const { sealed } = await recordsOf(c, deps);
      await store.reseal(holderOf(c), vault.seal({ ...vault.open(sealed), ...correction }));
      return c.json({ corrected: true });
    },
  });
  forgetRoute(app, deps);
}

function forgetRoute(app: CloudApp, deps: RightsDeps): void {
  addRoute(app, {
    method: 'delete',
    path: '/v1/person',
    summary:
      'Be forgotten. Control lists stay, by keyed number: they are the health authority\u2019s.',
    callers: ['holder'],
    answer: forgottenSchema,
    handler: async (c) => {
      const holder = holderOf(c);
      // By what is known now: a red that is on its way is not escaped.
      await deps.rescore([holder]);
      const forgotten = await deps.store.forget(holder, deps.clock.now());
      if (forgotten.kind === 'held') throw new ProblemError('deletion-held');
      if (forgotten.kind === 'forgotten') deps.published(forgotten.published);
      // Also when nothing was left here: a first try may have ended between the two databases.
      await deps.forgetAccount(holder);
      if (forgotten.kind === 'unknown') throw new ProblemError('not-found');
      return c.json({ forgotten: true, kept: ['control-lists', 'audit'] });
    },
  });
}

const looksQuery = z.strictObject({
  /** Only what is older than this number. */
  before: wholeNumber.optional(),
  limit: wholePageLimit,
});

async function recordsOf(c: Context<CloudEnv>, { store }: RightsDeps): Promise<HolderRecords> {
  const records = await store.holderRecords(holderOf(c));
  if (!records) throw new ProblemError('not-found');
  return records;
}

/** The role and not the name: who it was is for the auditor. */
function lookOf({ seq, at, actor, action }: AuditEntry) {
  return { seq, at, role: actor.split('/', 1)[0] ?? '', action };
}
