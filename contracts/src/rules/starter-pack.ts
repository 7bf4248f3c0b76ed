import type { ListKind } from './facts.ts';
import { type ScoringPack, scoringPackSchema } from './pack.ts';

type Expression =
  | string
  | number
  | boolean
  | readonly Expression[]
  | { readonly [operator: string]: Expression };

const fact = (path: string): Expression => ({ var: path });
const both = (...all: Expression[]): Expression => ({ and: all });
const same = (path: string, value: Expression): Expression => ({ '===': [fact(path), value] });

/** CertLogic has no "or". */
const either = (first: Expression, ...rest: Expression[]): Expression => {
  const [next, ...others] = rest;
  return next === undefined ? first : { if: [first, true, either(next, ...others)] };
};

const at = (date: Expression): Expression => ({ plusTime: [date, 0, 'day'] });

/** The later of two date texts, the second of which may be missing. */
const later = (known: Expression, maybe: Expression): Expression => ({
  if: [{ if: [maybe, { after: [at(maybe), at(known)] }, false] }, maybe, known],
});

const listed = (...kinds: ListKind[]): Expression => ({
  reduce: [
    fact('lists'),
    { if: [{ in: [fact('current.kind'), kinds] }, true, fact('accumulator')] },
    false,
  ],
});

/** The latest `since` among the entries of one list, or the empty text. */
const latestSince = (kind: ListKind): Expression => ({
  reduce: [
    fact('lists'),
    {
      if: [
        same('current.kind', kind),
        {
          if: [
            fact('accumulator'),
            later(fact('accumulator'), fact('current.since')),
            fact('current.since'),
          ],
        },
        fact('accumulator'),
      ],
    },
    '',
  ],
});

const noHold = { holdDays: null, holdFrom: null, next: null } as const;

/**
 * The pack that a new region starts from, after the Shandong and Zhejiang schemes of 2020 (DOMAIN 2).
 * Plain JSON once parsed; the functions above only spare the repetition.
 */
export const starterPack: ScoringPack = scoringPackSchema.parse({
  id: 'starter',
  version: 1,
  region: '370000',
  validFrom: '2020-02-11T00:00:00+08:00',
  validUntil: null,
  rules: [
    {
      id: 'listed-infected',
      when: listed('confirmed', 'suspected', 'asymptomatic'),
      outcome: 'red',
      ...noHold,
      reason: 'listed-infected',
      zh: '您在确诊、疑似或无症状感染者名单中。',
      en: 'You are on the list of confirmed, suspected or asymptomatic cases.',
      hardLine: true,
    },
    {
      id: 'area-high',
      when: same('area.level', 'high'),
      outcome: 'red',
      ...noHold,
      reason: 'area-high',
      zh: '您居住过的地区为高风险地区。',
      en: 'An area that you have lived in is at high risk.',
      hardLine: true,
    },
    {
      id: 'close-contact',
      when: listed('close-contact'),
      outcome: 'red',
      holdDays: 14,
      holdFrom: latestSince('close-contact'),
      // Red ends by itself; green needs the release from observation, which takes the entry off the list.
      next: 'yellow',
      reason: 'close-contact',
      zh: '您是密切接触者，须隔离观察 14 天，并由社区解除观察。',
      en: 'You are a close contact: 14 days of isolation, then release by the community.',
      hardLine: false,
    },
    {
      id: 'returnee',
      when: listed('returnee'),
      outcome: 'yellow',
      holdDays: 14,
      holdFrom: latestSince('returnee'),
      next: 'green',
      reason: 'returnee',
      zh: '您返回未满 14 天，须居家观察并每日上报。',
      en: 'You returned less than 14 days ago: stay under home observation and report daily.',
      hardLine: false,
    },
    {
      id: 'released',
      when: listed('released'),
      outcome: 'yellow',
      holdDays: 14,
      holdFrom: latestSince('released'),
      next: 'green',
      reason: 'released',
      zh: '您出院或解除隔离未满 14 天。',
      en: 'You were discharged or released less than 14 days ago.',
      hardLine: false,
    },
    {
      id: 'symptoms',
      when: either(
        fact('declaration.symptoms.fever'),
        fact('declaration.symptoms.dryCough'),
        fact('declaration.symptoms.fatigue'),
        both(fact('declaration.temperatureCentiC'), {
          '>=': [fact('declaration.temperatureCentiC'), 3730],
        }),
      ),
      outcome: 'yellow',
      ...noHold,
      reason: 'symptoms',
      zh: '您申报了发热（37.3 ℃ 及以上）、干咳或乏力。',
      en: 'You reported a fever (37.3 °C or more), a dry cough or fatigue.',
      hardLine: false,
    },
    {
      id: 'declared-exposure',
      when: either(fact('declaration.contactOfCase'), fact('declaration.highRiskTravel')),
      outcome: 'yellow',
      holdDays: 14,
      holdFrom: fact('declaration.at'),
      next: 'green',
      reason: 'declared-exposure',
      zh: '您申报 14 天内接触过病例或去过高风险地区。',
      en: 'You declared contact with a case or travel to a high-risk area within 14 days.',
      hardLine: false,
    },
    {
      id: 'area-medium',
      when: same('area.level', 'medium'),
      outcome: 'yellow',
      ...noHold,
      reason: 'area-medium',
      zh: '您居住过的地区为中风险地区。',
      en: 'An area that you have lived in is at medium risk.',
      hardLine: false,
    },
    {
      id: 'residence-short',
      when: { '<': [fact('declaration.residenceDays'), 14] },
      outcome: 'yellow',
      ...noHold,
      reason: 'residence-short',
      zh: '您在本地连续居住未满 14 天，信息待核实。',
      en: 'You have lived here for less than 14 days: your information must be verified.',
      hardLine: false,
    },
    {
      id: 'declaration-contradicted',
      // Only against an entry that stood when the declaration was made: nobody could declare a later one.
      when: both({ '!': [fact('declaration.contactOfCase')] }, listed('close-contact'), {
        'not-after': [at(latestSince('close-contact')), at(fact('declaration.at'))],
      }),
      outcome: 'yellow',
      ...noHold,
      reason: 'declaration-contradicted',
      zh: '您的申报与密切接触者名单不一致，须核实。',
      en: 'Your declaration disagrees with the list of close contacts and must be verified.',
      hardLine: false,
    },
  ],
  defaults: {
    clear: {
      id: 'clear',
      outcome: 'green',
      reason: 'clear',
      zh: '未发现风险情形。',
      en: 'Nothing speaks against passage.',
    },
    lapse: {
      id: 'lapsed',
      outcome: 'yellow',
      reason: 'lapsed',
      zh: '健康码已过期，请重新申报。',
      en: 'The code has lapsed: please declare again.',
    },
    codeValidDays: 5,
    codeValidFrom: later(fact('declaration.at'), fact('lastReportAt')),
  },
});
