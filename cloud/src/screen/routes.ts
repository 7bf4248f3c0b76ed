import { listKindSchema } from '@greengate/contracts/rules/facts';
import {
  areaRiskSchema,
  evidenceAcceptedSchema,
  listImportSchema,
} from '@greengate/contracts/wire/evidence';
import { readJson } from '../body.ts';
import type { IdentityVault } from '../identity.ts';
import type { EvidenceStore } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { addRoute, type CloudApp } from '../route.ts';

export interface ScreenDeps {
  readonly store: EvidenceStore;
  readonly vault: IdentityVault;
  readonly rescore: (holders: readonly string[]) => Promise<void>;
}

/** Control lists and area risk. Whoever they touch is scored again before the answer. */
export function screenRoutes(app: CloudApp, { store, vault, rescore }: ScreenDeps): void {
  addRoute(app, {
    method: 'post',
    path: '/v1/lists/{kind}',
    summary: 'Put people on a control list.',
    callers: ['operator'],
    body: listImportSchema,
    answer: evidenceAcceptedSchema,
    handler: async (c) => {
      const kind = listKindSchema.safeParse(c.req.param('kind'));
      if (!kind.success)
        throw new ProblemError('not-found', `One of ${listKindSchema.options.join(', ')}.`);
      const { entries } = await readJson(c, listImportSchema);
      const listings = entries.map(({ idNumber, since }) => ({
        idHash: vault.idHash(idNumber),
        since,
      }));
      const touched = await store.addListings(kind.data, listings);
      await rescore(touched);
      return c.json({ accepted: entries.length, rescored: touched.length });
    },
  });

  addRoute(app, {
    method: 'post',
    path: '/v1/areas',
    summary: 'Set the risk of administrative divisions.',
    callers: ['operator'],
    body: areaRiskSchema,
    answer: evidenceAcceptedSchema,
    handler: async (c) => {
      const { areas } = await readJson(c, areaRiskSchema);
      if (areas.some(({ from, until }) => until < from)) {
        throw new ProblemError('request-invalid', 'An area must not end before it begins.');
      }
      const touched = await store.addAreas(areas);
      await rescore(touched);
      return c.json({ accepted: areas.length, rescored: touched.length });
    },
  });
}
