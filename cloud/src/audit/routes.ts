import { auditPageSchema, auditRootsSchema } from '@greengate/contracts/wire/audit';
import { z } from 'zod';
import type { AuditStore } from '../audit-port.ts';
import { parseWith } from '../body.ts';
import { pageRowsDefault } from '../limits.ts';
import { wholeNumber, wholePageLimit } from '../page.ts';
import { addRoute, type CloudApp } from '../route.ts';

/** The audit log, for those who change nothing. */
export function auditRoutes(app: CloudApp, store: AuditStore): void {
  addRoute(app, {
    method: 'get',
    path: '/v1/audit',
    summary: 'The audit log, the oldest entry first.',
    callers: ['auditor'],
    query: pageQuery,
    answer: auditPageSchema,
    handler: async (c) => {
      const { cursor = 0, limit = pageRowsDefault } = parseWith(pageQuery, c.req.query());
      const entries = await store.auditEntries(cursor, limit);
      const last = entries.at(-1)?.seq;
      return c.json({ entries, next: entries.length < limit ? null : String(last) });
    },
  });
  addRoute(app, {
    method: 'get',
    path: '/v1/audit/roots',
    summary: 'What stood in the log at the end of each day, signed.',
    callers: ['auditor', 'operator'],
    answer: auditRootsSchema,
    handler: async (c) => c.json({ roots: await store.auditRoots() }),
  });
}

const pageQuery = z.strictObject({
  /** Entries past this number. */
  cursor: wholeNumber.optional(),
  limit: wholePageLimit,
});
