import { ok } from '@greengate/contracts/result';
import type { OverrideApproval, OverrideProposal } from '@greengate/contracts/wire/override';
import type { AlarmRow, Guarded, Override, OverrideRow } from '../issuing-port.ts';
import { ProblemError, problemFor } from '../problem.ts';
import { type DeskDeps, type DeskPerson, must, newId } from './desk.ts';
import { answerOverride, liftOverride, proposeOverride } from './override.ts';
import { guardOverride } from './override-guard.ts';

export interface OverrideDesk {
  propose(operator: DeskPerson, proposal: OverrideProposal): Promise<OverrideRow>;
  answer(operator: DeskPerson, id: string, approval: OverrideApproval): Promise<OverrideRow>;
  lift(operator: DeskPerson, id: string): Promise<OverrideRow>;
  clearAlarm(operator: DeskPerson, id: string): Promise<AlarmRow>;
}

/** Each act passes the guard in the transaction that writes it; a refusal in bulk leaves an alarm behind. */
export function overrideDesk(deps: DeskDeps): OverrideDesk {
  const { store, clock, random, log, region, rules, rescore } = deps;
  const areasOf = ({ areas }: DeskPerson) => (areas.length > 0 ? areas : [region]);

  const done = (guarded: Guarded<OverrideRow> | undefined): OverrideRow => {
    if (guarded === undefined) throw new ProblemError('not-found');
    if (guarded.ok) return guarded.value;
    const { code, alarm } = guarded;
    if (alarm) {
      const { kind, count, limit } = alarm;
      log.error('override alarm', { kind, count, limit });
    }
    throw problemFor({ code });
  };

  return {
    propose: async (operator, proposal) => {
      const now = clock.now();
      const by = operator.id;
      const propose = store.proposeOverride(
        newId(random),
        proposal.holder,
        now,
        (view, evidence) => {
          const division = evidence?.declaration.division;
          if (division === undefined) return { ok: false, code: 'not-found', alarm: null };
          const made = proposeOverride(proposal, division, by, now);
          if (!made.ok) return { ok: false, code: made.refusal.code, alarm: null };
          const act = { kind: 'propose', by, proposedBy: by, division } as const;
          return passing(
            guardOverride(act, view, areasOf(operator), now, rules.overrides),
            made.value,
          );
        },
      );
      return done(await propose);
    },
    answer: async (operator, id, approval) => {
      const now = clock.now();
      const by = operator.id;
      const answered = await store.answerOverride(id, now, (row, view) => {
        const made = answerOverride(row, approval, by, now, rules);
        if (!made.ok) return { ok: false, code: made.refusal.code, alarm: null };
        if (!made.value.approved) return { ok: true, value: made.value };
        const { proposedBy, division } = row;
        const act = { kind: 'approve', by, proposedBy, division } as const;
        return passing(
          guardOverride(act, view, areasOf(operator), now, rules.overrides),
          made.value,
        );
      });
      const row = done(answered);
      await rescore([row.holder]);
      return row;
    },
    lift: async (operator, id) => {
      const now = clock.now();
      const lifted = await store.liftOverride(id, (row) => {
        const made = liftOverride(row, operator.id, now, rules);
        return made.ok ? ok(made.value) : made;
      });
      const row = must(lifted);
      await rescore([row.holder]);
      return row;
    },
    clearAlarm: async (operator, id) => must(await store.clearAlarm(id, operator.id, clock.now())),
  };
}

function passing(guard: Guarded<unknown>, value: Override): Guarded<Override> {
  return guard.ok ? { ok: true, value } : guard;
}
