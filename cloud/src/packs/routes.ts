import { toHex } from '@greengate/contracts/bytes';
import type { Crypto } from '@greengate/contracts/crypto';
import type { RegionId } from '@greengate/contracts/ids';
import {
  jobViewSchema,
  packListSchema,
  packProposalQuerySchema,
  packProposedSchema,
  packRefSchema,
  packViewSchema,
} from '@greengate/contracts/wire/packs';
import type { Context } from 'hono';
import { z } from 'zod';
import { parseWith, readJsonText } from '../body.ts';
import type { JobStore } from '../job-port.ts';
import { packBodyBytesMax } from '../limits.ts';
import type { CheckPack, PackRow, PackStore } from '../pack-port.ts';
import type { Clock, Random } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { addRoute, type CloudApp, type CloudEnv, deciderOf } from '../route.ts';
import { besideOf } from './activation.ts';
import { jobAnswer, listAnswer, summaryAnswer } from './answers.ts';
import { packRefused } from './refusal.ts';
import type { Rollout } from './rollout.ts';

export interface PackDeps {
  readonly store: PackStore & JobStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly region: RegionId;
  readonly sha256: Crypto['sha256'];
  readonly checkPack: CheckPack;
  readonly rollout: Rollout;
}

/** Proposing packs, and seeing which are in force. What is decided about them is in decisions.ts. */
export function packRoutes(app: CloudApp, deps: PackDeps): void {
  const { store, sha256 } = deps;
  addRoute(app, {
    method: 'post',
    path: '/v1/packs',
    summary: 'Propose a rule pack: linted, tested, and proven to stay inside the hard lines.',
    callers: ['operator'],
    query: packProposalQuerySchema,
    body: z.looseObject({ id: z.string(), version: z.int() }),
    answer: packProposedSchema,
    handler: async (c) => c.json(await propose(c, deps)),
  });
  addRoute(app, {
    method: 'get',
    path: '/v1/packs',
    summary: 'What is in force, what was, and the packs that there are.',
    callers: ['operator', 'auditor'],
    answer: packListSchema,
    handler: async (c) => c.json(await listAnswer(store)),
  });
  addRoute(app, {
    method: 'get',
    path: '/v1/packs/{id}/{version}',
    summary: 'One version of a pack, whole.',
    callers: ['operator', 'auditor'],
    answer: packViewSchema,
    handler: async (c) => {
      const row = await packParam(c, store);
      return c.json({ ...summaryAnswer(row), pack: JSON.parse(row.body) as unknown });
    },
  });
  addRoute(app, {
    method: 'get',
    path: '/v1/jobs/{job}',
    summary: 'Work over many holders: how far it is, and what it has found.',
    callers: ['operator', 'auditor'],
    answer: jobViewSchema,
    handler: async (c) => {
      const job = await store.job(c.req.param('job') ?? '');
      if (!job) throw new ProblemError('not-found');
      return c.json(await jobAnswer(store, job, sha256));
    },
  });
}

async function propose(
  c: Context<CloudEnv>,
  deps: PackDeps,
): Promise<z.infer<typeof packProposedSchema>> {
  const { store, clock, region, checkPack, sha256 } = deps;
  const { scope = 'city', within: name } = parseWith(packProposalQuerySchema, c.req.query());
  if (scope === 'province' && name !== undefined) {
    throw new ProblemError('request-invalid', "Only a city's pack is within another.");
  }
  const text = await readJsonText(c, packBodyBytesMax);
  const [id = '', version] = name?.split('@') ?? [];
  const within = name === undefined ? undefined : { id, version: Number(version) };
  const beside = await besideOf(store, scope, within);
  const checked = await checkPack({ text, scope, region, beside: beside.body });
  const pack = checked?.pack;
  if (!checked || checked.problems.length > 0 || !pack) throw packRefused(checked);
  const { body } = pack;
  const proposed = {
    ...{ id: pack.id, version: pack.version, scope, body, within, proposedBy: deciderOf(c) },
    hash: toHex(sha256(new TextEncoder().encode(body))),
  };
  if (!(await store.proposePack(proposed, clock.now()))) {
    throw new ProblemError('already-exists', 'Raise the version past every one of this id.');
  }
  const row = await store.pack(proposed);
  if (!row) throw new Error('a proposed pack is gone');
  return { ...summaryAnswer(row), warnings: [...checked.warnings] };
}

/** The pack that a path names. Refuses `not-found`. */
export async function packParam(c: Context<CloudEnv>, store: PackStore): Promise<PackRow> {
  const version = c.req.param('version') ?? '';
  const ref = packRefSchema.safeParse({
    id: c.req.param('id'),
    version: /^[0-9]{1,9}$/.test(version) ? Number(version) : 0,
  });
  const row = ref.success ? await store.pack(ref.data) : undefined;
  if (!row) throw new ProblemError('not-found');
  return row;
}
