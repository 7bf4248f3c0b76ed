import {
  type Declaration,
  declarationSchema,
  holderCreatedSchema,
  holderRegistrationSchema,
  holderStatusSchema,
} from '@greengate/contracts/wire/holder';
import type { z } from 'zod';
import { readJson } from '../body.ts';
import type { Elsewhere, EvidenceStore, ReportStore } from '../evidence-port.ts';
import type { IdentityVault } from '../identity.ts';
import type { Clock, HolderStore, Log, Random, StatusRow, Timers } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { addRoute, type CloudApp, holderOf } from '../route.ts';
import { newToken } from '../token.ts';
import { askElsewhere } from './ask-elsewhere.ts';
import { reportRoutes } from './report-routes.ts';
import { statusAnswer } from './status-answer.ts';

export interface DeclareDeps {
  readonly store: HolderStore & Pick<EvidenceStore, 'addElsewhere'> & ReportStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Absent: only what operators post is known of other regions. */
  readonly elsewhere?: Elsewhere;
  readonly random: Random;
  readonly vault: IdentityVault;
  readonly rescore: (holders: readonly string[]) => Promise<void>;
  readonly declare: (holder: string, declaration: Declaration) => Promise<void>;
  readonly current: (holder: string) => Promise<StatusRow | undefined>;
}

/** Registration, the holder's declaration, and what they are told about their colour. */
export function declareRoutes(app: CloudApp, deps: DeclareDeps): void {
  const { store, clock, random, vault } = deps;
  reportRoutes(app, deps);

  addRoute(app, {
    method: 'post',
    path: '/v1/holders',
    summary: 'Register a person; answers their token, once.',
    callers: ['registrar', 'operator'],
    body: holderRegistrationSchema,
    answer: holderCreatedSchema,
    handler: async (c) => {
      const person = await readJson(c, holderRegistrationSchema);
      const holder = Buffer.from(random.bytes(16)).toString('hex');
      const { token, sha256: tokenHash } = newToken(random);
      const row = {
        holder,
        idHash: vault.idHash(person.idNumber),
        sealed: vault.seal(person),
        tokenHash,
      };
      if (!(await store.addHolder(row, clock.now()))) throw new ProblemError('already-exists');
      const created: z.infer<typeof holderCreatedSchema> = { holderId: holder, token };
      return c.json(created);
    },
  });

  addRoute(app, {
    method: 'post',
    path: '/v1/declarations',
    summary: "Declare one's health and travel; answers the colour that follows, and why.",
    callers: ['holder'],
    body: declarationSchema,
    answer: holderStatusSchema,
    handler: async (c) => {
      const declaration = await readJson(c, declarationSchema);
      const holder = holderOf(c);
      await deps.declare(holder, declaration);
      if (await askElsewhere(holder, deps)) await deps.rescore([holder]);
      return c.json(statusAnswer(await deps.current(holder)));
    },
  });

  addRoute(app, {
    method: 'get',
    path: '/v1/status',
    summary: "The holder's colour, and why.",
    callers: ['holder'],
    answer: holderStatusSchema,
    handler: async (c) => c.json(statusAnswer(await deps.current(holderOf(c)))),
  });
}
