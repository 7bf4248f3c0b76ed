import { ok, type Result, refuse } from '@greengate/contracts/result';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import type { AppealRequest } from '@greengate/contracts/wire/issuing';
import type { Appeal } from '../issuing-port.ts';
import type { IssuingRules } from './rules.ts';

export type AppealEvent =
  | { readonly kind: 'time' }
  | { readonly kind: 'withdraw' }
  | {
      readonly kind: 'decision';
      readonly officer: string;
      readonly outcome: 'upheld' | 'rejected';
    };

/** Pure. Clock hours, not working hours: a wrong colour does not rest at the weekend. */
export function makeAppeal(
  request: AppealRequest,
  disputed: readonly string[],
  now: EpochMs,
  rules: IssuingRules,
): Appeal {
  const { against, reason, evidence } = request;
  const decideBy = epochMs(now + rules.appealHours * 3_600_000);
  const open = { escalatedAt: null, decidedAt: null, decidedBy: null };
  return { against, reason, evidence, state: 'open', madeAt: now, decideBy, ...open, disputed };
}

/** The appeal after an event; a refusal leaves it as it was. */
export function appealAfter(appeal: Appeal, event: AppealEvent, now: EpochMs): Result<Appeal> {
  if (appeal.state !== 'open') return event.kind === 'time' ? ok(appeal) : refuse('appeal-closed');
  switch (event.kind) {
    case 'time': {
      const due = appealDueAt(appeal);
      return ok(due === undefined || now < due ? appeal : { ...appeal, escalatedAt: now });
    }
    case 'withdraw':
      return ok({ ...appeal, state: 'withdrawn', decidedAt: now });
    case 'decision':
      if (appeal.disputed.includes(event.officer)) return refuse('appeal-own-decision');
      return ok({ ...appeal, state: event.outcome, decidedAt: now, decidedBy: event.officer });
  }
}

/** When it is reported upwards that nobody has judged. */
export function appealDueAt({ state, escalatedAt, decideBy }: Appeal): EpochMs | undefined {
  return state === 'open' && escalatedAt === null ? decideBy : undefined;
}
