import { contradictionPageSchema } from '@greengate/contracts/wire/evidence';
import { z } from 'zod';
import { divisionStem } from '../area.ts';
import { parseWith } from '../body.ts';
import type { ContradictionMark, ContradictionStore } from '../evidence-port.ts';
import { pageLimit } from '../page.ts';
import { addRoute, areasOf, type CloudApp } from '../route.ts';

/** Declarations that a list contradicts, for whoever handles them. */
export function addContradictionRoutes(app: CloudApp, store: ContradictionStore): void {
  addRoute(app, {
    method: 'get',
    path: '/v1/contradictions',
    summary:
      'Read declarations that a control list contradicts, page by page; officers those of their own areas.',
    callers: ['operator', 'officer'],
    looks: true,
    query: querySchema,
    answer: contradictionPageSchema,
    handler: async (c) => {
      const { after, limit } = parseWith(querySchema, c.req.query());
      const stems = areasOf(c)?.map(divisionStem);
      const rows = await store.contradictions(after, limit, stems);
      const last = rows.length < limit ? undefined : rows.at(-1);
      const next = last === undefined ? null : cursorOf(last);
      return c.json({ rows, next });
    },
  });
}

const cursor = z
  .string()
  .regex(/^[0-9]{1,15}:[A-Za-z0-9_-]{1,64}:[0-9]{1,15}$/)
  .transform((text): ContradictionMark => {
    const [foundAt, holder = '', declaredAt] = text.split(':');
    return { foundAt: Number(foundAt), holder, declaredAt: Number(declaredAt) };
  });

function cursorOf({ foundAt, holder, declaredAt }: ContradictionMark): string {
  return `${foundAt}:${holder}:${declaredAt}`;
}

const querySchema = z.strictObject({
  /** `next` of the page before. */
  after: cursor.optional(),
  limit: pageLimit,
});
