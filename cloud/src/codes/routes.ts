import { fromHex, toHex } from '@greengate/contracts/bytes';
import { mintToken } from '@greengate/contracts/code/health-code';
import type { EpochMs } from '@greengate/contracts/time';
import { codeIssuedSchema, codeRequestSchema } from '@greengate/contracts/wire/holder';
import { readJson } from '../body.ts';
import type { Clock, Keys, StatusRow } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { addRoute, type CloudApp, holderOf } from '../route.ts';
import { claimsFor } from './code-claims.ts';

export interface CodeDeps {
  readonly clock: Clock;
  readonly keys: Pick<Keys, 'region' | 'issuer'>;
  readonly current: (holder: string) => Promise<StatusRow | undefined>;
  /** The holder's `sub` of the present epoch, and when it dies. */
  readonly pseudonym: (
    holder: string,
    now: EpochMs,
  ) => Promise<{ sub: Uint8Array; deadAt: EpochMs } | undefined>;
}

/** POST /v1/codes: mints the signed part of a health code. */
export function codeRoutes(app: CloudApp, { clock, keys, current, pseudonym }: CodeDeps): void {
  addRoute(app, {
    method: 'post',
    path: '/v1/codes',
    summary: 'Get a health code for a phone, or for paper.',
    callers: ['holder'],
    body: codeRequestSchema,
    answer: codeIssuedSchema,
    handler: async (c) => {
      const request = await readJson(c, codeRequestSchema);
      const holder = holderOf(c);
      const status = await current(holder);
      const now = clock.now();
      const name = await pseudonym(holder, now);
      if (status === undefined || name === undefined) throw new ProblemError('not-declared');
      const wish =
        request.kind === 'phone'
          ? { kind: request.kind, holderKey: fromHex(request.publicKey) }
          : { kind: request.kind };
      const claims = claimsFor(wish, status, keys.region, name.sub, name.deadAt, now);
      if (!claims.ok) throw new ProblemError('not-green');
      const token = mintToken(claims.value, keys.issuer.keyId, keys.issuer.sign);
      const { kind, expiresAt } = claims.value;
      return c.json({ kind, token: toHex(token), expiresAt });
    },
  });
}
