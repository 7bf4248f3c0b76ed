import type { ListKind } from '../facts.ts';

/** JSON that is meant as CertLogic. These functions only spare a pack's author the repetition. */
export type Expression =
  | string
  | number
  | boolean
  | readonly Expression[]
  | { readonly [operator: string]: Expression };

export const fact = (path: string): Expression => ({ var: path });
export const both = (...all: Expression[]): Expression => ({ and: all });
export const same = (path: string, value: Expression): Expression => ({
  '===': [fact(path), value],
});

export const threshold = (name: string): Expression => fact(`thresholds.${name}`);

/** A comparison that is false where the first operand is missing. */
export const known = (path: string, comparison: Expression): Expression => ({
  if: [fact(path), comparison, false],
});

/** CertLogic has no "or". */
export const either = (first: Expression, ...rest: Expression[]): Expression => {
  const [next, ...others] = rest;
  return next === undefined ? first : { if: [first, true, either(next, ...others)] };
};

export const at = (date: Expression): Expression => ({ plusTime: [date, 0, 'day'] });

/** The later of two date texts, the second of which may be missing. */
export const later = (sure: Expression, maybe: Expression): Expression => ({
  if: [{ if: [maybe, { after: [at(maybe), at(sure)] }, false] }, maybe, sure],
});

/** Whether some item of a list meets a condition on `current`. */
export const some = (list: string, condition: Expression): Expression => ({
  reduce: [fact(list), { if: [condition, true, fact('accumulator')] }, false],
});

/** The latest of a date among the items that meet a condition on `current`, or the empty text. */
export const latest = (list: string, date: string, condition: Expression): Expression => {
  const [found, seen] = [fact(`current.${date}`), fact('accumulator')];
  const newest = { if: [{ after: [at(found), at(seen)] }, found, seen] };
  return {
    reduce: [fact(list), { if: [condition, { if: [seen, newest, found] }, seen] }, ''],
  };
};

export const listed = (...kinds: ListKind[]): Expression =>
  some('lists', { in: [fact('current.kind'), kinds] });

export const latestSince = (kind: ListKind): Expression =>
  latest('lists', 'since', same('current.kind', kind));

const reportedDays: Expression = {
  if: [fact('current.reportedDays'), fact('current.reportedDays'), 0],
};

/** Whether an entry of a list has fewer days of clean reports than a threshold asks for: the fewest of them is looked at. */
export const reportsShort = (kind: ListKind, days: string): Expression => ({
  '<': [
    {
      reduce: [
        fact('lists'),
        {
          if: [
            both(same('current.kind', kind), { '<': [reportedDays, fact('accumulator')] }),
            reportedDays,
            fact('accumulator'),
          ],
        },
        threshold(days),
      ],
    },
    threshold(days),
  ],
});

export const noHold = { holdDays: null, holdFrom: null, next: null } as const;
