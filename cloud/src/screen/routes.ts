import type { RegionId } from '@greengate/contracts/ids';
import { type ListKind, listKindSchema } from '@greengate/contracts/rules/facts';
import { EPOCH_MS_MAX, epochMs } from '@greengate/contracts/time';
import {
  areaRiskSchema,
  type EvidenceAccepted,
  elsewhereImportSchema,
  evidenceAcceptedSchema,
  importQuerySchema,
  journeysImportSchema,
  listImportSchema,
} from '@greengate/contracts/wire/evidence';
import type { Context } from 'hono';
import { parseWith, readJsonValue } from '../body.ts';
import type {
  ContradictionStore,
  EvidenceStore,
  Imported,
  ImportOptions,
} from '../evidence-port.ts';
import type { IdentityVault } from '../identity.ts';
import { areaSlicesAtOnceCountMax, rescoreHoldersCountMax } from '../limits.ts';
import { ProblemError } from '../problem.ts';
import { addRoute, type CloudApp, type CloudEnv, type RouteSpec } from '../route.ts';
import { addContradictionRoutes } from './contradiction-routes.ts';
import { readRows } from './rows.ts';

export interface ScreenDeps {
  readonly store: EvidenceStore & ContradictionStore;
  readonly vault: IdentityVault;
  /** Our own: another region's status cannot be of it. */
  readonly region: RegionId;
  readonly rescore: (holders: readonly string[]) => Promise<void>;
}

/** What operators bring against, or for, a declaration. Whoever it touches is scored again before the answer. */
export function screenRoutes(app: CloudApp, deps: ScreenDeps): void {
  addContradictionRoutes(app, deps.store);
  const importRoute = (spec: Pick<RouteSpec, 'path' | 'summary' | 'body' | 'handler'>) =>
    addRoute(app, {
      method: 'post',
      callers: ['operator'],
      query: importQuerySchema,
      answer: evidenceAcceptedSchema,
      ...spec,
    });
  importRoute({
    path: '/v1/lists/{kind}',
    summary: 'Put people on a control list.',
    body: listImportSchema,
    handler: (c) => importList(c, deps),
  });
  importRoute({
    path: '/v1/areas',
    summary: 'Set the risk of administrative divisions.',
    body: areaRiskSchema,
    handler: (c) => importAreas(c, deps),
  });
  importRoute({
    path: '/v1/journeys',
    summary: 'Bring travel records of people.',
    body: journeysImportSchema,
    handler: (c) => importJourneys(c, deps),
  });
  importRoute({
    path: '/v1/elsewhere',
    summary: 'Bring what other regions say of people.',
    body: elsewhereImportSchema,
    handler: (c) => importElsewhere(c, deps),
  });
}

async function importList(c: Context<CloudEnv>, deps: ScreenDeps): Promise<Response> {
  const kind = listKindOf(c);
  const entries = readRows(await readJsonValue(c), listImportSchema, 'entries');
  const known = entries.map(({ idNumber, since }) => ({
    idHash: deps.vault.idHash(idNumber),
    since,
  }));
  const options = optionsOf(c);
  return take(c, deps, options, await deps.store.addListings(kind, known, options));
}

async function importJourneys(c: Context<CloudEnv>, deps: ScreenDeps): Promise<Response> {
  const entries = readRows(await readJsonValue(c), journeysImportSchema, 'entries');
  const known = entries.map(({ idNumber, ...journey }) => ({
    ...journey,
    idHash: deps.vault.idHash(idNumber),
  }));
  const options = optionsOf(c);
  return take(c, deps, options, await deps.store.addJourneys(known, options));
}

async function importElsewhere(c: Context<CloudEnv>, deps: ScreenDeps): Promise<Response> {
  const entries = readRows(await readJsonValue(c), elsewhereImportSchema, 'entries', (row) => {
    if (row.region === deps.region) return { field: 'region', problem: 'own_region' };
    const [since, until] = [Date.parse(row.since), Date.parse(row.validUntil)];
    if (!isInstant(since)) return { field: 'since', problem: 'out_of_range' };
    if (!isInstant(until)) return { field: 'validUntil', problem: 'out_of_range' };
    return until <= since ? endsTooSoon('validUntil') : undefined;
  });
  const known = entries.map(({ idNumber, since, validUntil, ...status }) => ({
    ...status,
    since: epochMs(Date.parse(since)),
    validUntil: epochMs(Date.parse(validUntil)),
    idHash: deps.vault.idHash(idNumber),
  }));
  const options = optionsOf(c);
  return take(c, deps, options, await deps.store.addElsewhere(known, options));
}

/** The first slices are scored before the answer; of a division of millions the rest follows, slice by slice. */
async function importAreas(c: Context<CloudEnv>, deps: ScreenDeps): Promise<Response> {
  const { store, rescore } = deps;
  const areas = readRows(await readJsonValue(c), areaRiskSchema, 'areas', ({ from, until }) =>
    until < from ? endsTooSoon('until') : undefined,
  );
  const options = optionsOf(c);
  const { touched, ...counts } = await store.addAreas(areas, options);
  for (let slice = 0; !options.dryRun && slice < areaSlicesAtOnceCountMax; slice++) {
    const next = await store.touchAreas(rescoreHoldersCountMax);
    if (next.length === 0) break;
    await rescore(next);
  }
  return c.json(accepted({ ...counts, rescored: touched }));
}

function listKindOf(c: Context<CloudEnv>): ListKind {
  const kind = listKindSchema.safeParse(c.req.param('kind'));
  if (kind.success) return kind.data;
  throw new ProblemError('not-found', `One of ${listKindSchema.options.join(', ')}.`);
}

function optionsOf(c: Context<CloudEnv>): ImportOptions {
  return { dryRun: parseWith(importQuerySchema, c.req.query()).dryRun === 'true' };
}

async function take(
  c: Context<CloudEnv>,
  { rescore }: ScreenDeps,
  { dryRun }: ImportOptions,
  { touched, ...counts }: Imported,
): Promise<Response> {
  if (!dryRun) await rescore(touched);
  return c.json(accepted({ ...counts, rescored: touched.length }));
}

function accepted(counts: Omit<EvidenceAccepted, 'accepted'>): EvidenceAccepted {
  const { added, unchanged, changed } = counts;
  return { accepted: added + unchanged + changed, ...counts };
}

const endsTooSoon = (field: string) => ({ field, problem: 'ends_before_it_begins' });

function isInstant(at: number): boolean {
  return at >= 0 && at <= EPOCH_MS_MAX;
}
