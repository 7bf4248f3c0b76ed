import type { Crypto } from '@greengate/contracts/crypto';
import type { ScoringPack } from '@greengate/contracts/rules/pack';
import { epochMs } from '@greengate/contracts/time';
import { explanationSchema, scoresPageSchema } from '@greengate/contracts/wire/explanation';
import type { Context } from 'hono';
import { z } from 'zod';
import { parseWith } from '../body.ts';
import { pageRowsDefault } from '../limits.ts';
import { wholeNumber, wholePageLimit } from '../page.ts';
import { ProblemError } from '../problem.ts';
import { addRoute, type CloudApp, type CloudEnv, holderOf } from '../route.ts';
import type { ScoreStore } from '../score-port.ts';
import { explainScore, scoreAnswer } from './explain.ts';

export interface ScoreDeps {
  readonly store: ScoreStore;
  readonly sha256: Crypto['sha256'];
  /** Any version that was ever in force. */
  readonly pack: (id: string, version: number) => Promise<ScoringPack | undefined>;
}

/** What a holder is told about their verdicts, and what a person who has to answer for them may see. */
export function scoreRoutes(app: CloudApp, deps: ScoreDeps): void {
  const callers = ['operator', 'auditor'] as const;
  addRoute(app, {
    method: 'get',
    path: '/v1/scores',
    summary: "The holder's own verdicts, the newest first.",
    callers: ['holder'],
    query: pageQuery,
    answer: scoresPageSchema,
    handler: (c) => sendScores(c, deps, holderOf(c)),
  });
  addRoute(app, {
    method: 'get',
    path: '/v1/explanation',
    summary: 'Why a verdict of the holder was what it was; without `score` the newest.',
    callers: ['holder'],
    query: scoreQuery,
    answer: explanationSchema,
    handler: (c) => sendExplanation(c, deps, holderOf(c)),
  });
  addRoute(app, {
    method: 'get',
    path: '/v1/holders/{holder}/scores',
    summary: "A holder's verdicts, the newest first.",
    callers,
    looks: true,
    query: pageQuery,
    answer: scoresPageSchema,
    handler: (c) => sendScores(c, deps, holderParam(c)),
  });
  addRoute(app, {
    method: 'get',
    path: '/v1/holders/{holder}/explanation',
    summary: "Why a holder's verdict was what it was; without `score` the newest.",
    callers,
    looks: true,
    query: scoreQuery,
    answer: explanationSchema,
    handler: (c) => sendExplanation(c, deps, holderParam(c)),
  });
}

const pageQuery = z.strictObject({
  /** Only verdicts before this instant. */
  before: wholeNumber.optional(),
  limit: wholePageLimit,
});

const scoreQuery = z.strictObject({ score: wholeNumber.optional() });

function holderParam(c: Context<CloudEnv>): string {
  return parseWith(z.string().regex(/^[0-9a-f]{32}$/), c.req.param('holder'));
}

async function sendScores(
  c: Context<CloudEnv>,
  { store }: ScoreDeps,
  holder: string,
): Promise<Response> {
  const { before, limit = pageRowsDefault } = parseWith(pageQuery, c.req.query());
  const rows = await store.scores(
    holder,
    before === undefined ? undefined : epochMs(before),
    limit,
  );
  const next = rows.length < limit ? null : (rows.at(-1)?.at ?? null);
  return c.json({ scores: rows.map(scoreAnswer), next });
}

async function sendExplanation(
  c: Context<CloudEnv>,
  { store, pack, sha256 }: ScoreDeps,
  holder: string,
): Promise<Response> {
  const { score: at } = parseWith(scoreQuery, c.req.query());
  const score = await store.score(holder, at === undefined ? undefined : epochMs(at));
  const found = score && (await pack(score.pack.id, score.pack.version));
  if (!score || !found) throw new ProblemError('not-found');
  return c.json(explainScore(score, found, sha256));
}
