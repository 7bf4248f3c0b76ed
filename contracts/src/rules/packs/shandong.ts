import { type ScoringPack, scoringPackSchema } from '../pack.ts';
import { WIRE_SCHEME } from '../pack-colours.ts';
import {
  at,
  both,
  either,
  fact,
  known,
  later,
  latestSince,
  listed,
  noHold,
  same,
  threshold,
} from './expressions.ts';
import {
  AREA_INPUTS,
  DECLARATION_INPUTS,
  LIST_INPUTS,
  PURPOSE_INPUTS,
  REPORT_INPUTS,
} from './inputs.ts';
import { person as anybody, entries, expects } from './person.ts';

/** Somebody who may apply: travels for work. */
const person = (changes: Parameters<typeof anybody>[0] = {}) =>
  anybody({ ...changes, declaration: { purpose: 'work', ...changes.declaration } });

/**
 * The electronic health pass of 2020 (DOMAIN 2): who may apply, the five exclusions, valid 5 days from the
 * application or the latest daily report, and yellow when it lapses.
 */
export const shandongPack: ScoringPack = scoringPackSchema.parse({
  id: 'shandong',
  version: 1,
  region: '370000',
  validFrom: '2020-02-11T00:00:00+08:00',
  validUntil: null,
  colours: WIRE_SCHEME,
  thresholds: { feverCentiC: 3730, residenceDays: 14 },
  inputs: [
    ...DECLARATION_INPUTS,
    ...PURPOSE_INPUTS,
    ...LIST_INPUTS,
    ...AREA_INPUTS,
    ...REPORT_INPUTS,
  ],
  rules: [
    {
      id: 'excluded-infected',
      when: listed('confirmed', 'suspected', 'asymptomatic'),
      outcome: 'red',
      ...noHold,
      reason: 'listed-infected',
      zh: '您是确诊、疑似病例或阳性检测者，尚未治愈或解除。',
      en: 'You are a confirmed, suspected or positive case, not yet cured or released.',
      hardLine: true,
      report: ['community', 'unit', 'disease-control'],
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
      id: 'excluded-close-contact',
      when: listed('close-contact'),
      outcome: 'red',
      holdDays: 14,
      holdFrom: latestSince('close-contact'),
      // Red ends by itself; green needs the release from observation, which takes the entry off the list.
      next: 'yellow',
      reason: 'close-contact',
      zh: '您是密切接触者，尚未解除医学观察。',
      en: 'You are a close contact, not yet released from observation.',
      hardLine: true,
    },
    {
      id: 'excluded-discharged',
      when: listed('released'),
      outcome: 'yellow',
      holdDays: 14,
      holdFrom: latestSince('released'),
      next: 'green',
      reason: 'released',
      zh: '您治愈出院未满 14 天。',
      en: 'You were discharged less than 14 days ago.',
      hardLine: false,
    },
    {
      id: 'excluded-home-observation',
      when: listed('returnee'),
      outcome: 'yellow',
      holdDays: 14,
      holdFrom: latestSince('returnee'),
      next: 'green',
      reason: 'returnee',
      zh: '您返回后居家观察未满 14 天。',
      en: 'You have been under home observation for less than 14 days since your return.',
      hardLine: false,
    },
    {
      id: 'excluded-exposure',
      when: either(fact('declaration.contactOfCase'), fact('declaration.highRiskTravel')),
      outcome: 'yellow',
      holdDays: 14,
      holdFrom: fact('declaration.at'),
      next: 'green',
      reason: 'declared-exposure',
      zh: '您接触过疫情高发区人员或病例，隔离未满 14 天。',
      en: 'You declared contact with a case or a high-risk area: less than 14 days of isolation.',
      hardLine: false,
    },
    {
      id: 'symptoms',
      when: either(
        fact('declaration.symptoms.fever'),
        fact('declaration.symptoms.dryCough'),
        fact('declaration.symptoms.fatigue'),
      ),
      outcome: 'yellow',
      holdDays: 14,
      holdFrom: fact('declaration.at'),
      next: 'green',
      reason: 'symptoms',
      zh: '您申报 14 天内有发热、干咳或乏力。',
      en: 'You declared a fever, a dry cough or fatigue within 14 days.',
      hardLine: false,
    },
    {
      id: 'fever',
      when: known('declaration.temperatureCentiC', {
        '>=': [fact('declaration.temperatureCentiC'), threshold('feverCentiC')],
      }),
      outcome: 'yellow',
      ...noHold,
      reason: 'fever',
      zh: '您的体温达到 37.3 ℃ 或以上。',
      en: 'Your temperature was 37.3 °C or more.',
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
      id: 'not-resident',
      when: { '<': [fact('declaration.residenceDays'), threshold('residenceDays')] },
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
      informs: true,
    },
    {
      id: 'no-purpose',
      when: { '!': [{ in: [fact('declaration.purpose'), ['work', 'school']] }] },
      outcome: 'pending',
      ...noHold,
      reason: 'purpose-unclear',
      zh: '请说明上班或上学等出行需要，待工作人员审核。',
      en: 'Say whether you travel for work or school; an officer reviews the application.',
      hardLine: false,
    },
  ],
  defaults: {
    clear: {
      id: 'clear',
      outcome: 'green',
      reason: 'clear',
      zh: '符合申领条件，未发现风险情形。',
      en: 'You meet the conditions and nothing speaks against passage.',
    },
    lapse: {
      id: 'lapsed',
      outcome: 'yellow',
      reason: 'lapsed',
      zh: '通行码已过期，请重新申报。',
      en: 'The pass has lapsed: please declare again.',
    },
    codeValidDays: 5,
    codeValidFrom: later(fact('declaration.at'), fact('lastReportAt')),
  },
  tests: [
    expects('may apply: green for 5 days, then yellow', person(), 'green', {
      nextColour: 'yellow',
      validUntil: '2020-03-14T00:00:00Z',
      rules: ['clear'],
    }),
    expects('kept green by a report', person({ lastReportAt: '2020-03-09T20:00:00Z' }), 'green', {
      validUntil: '2020-03-14T20:00:00Z',
    }),
    expects('lapsed', person({ now: '2020-03-14T00:00:00Z' }), 'yellow', { rules: ['lapsed'] }),
    expects('pupils too', person({ declaration: { purpose: 'school' } }), 'green'),
    expects('no need to travel', person({ declaration: { purpose: 'other' } }), 'pending', {
      nextColour: 'yellow',
      rules: ['no-purpose'],
    }),
    expects('a need nobody asked for', anybody(), 'pending'),
    expects('13 days here', person({ declaration: { residenceDays: 13 } }), 'yellow', {
      rules: ['not-resident'],
    }),
    expects('14 days here', person({ declaration: { residenceDays: 14 } }), 'green'),
    expects('discharged', person({ lists: entries('released') }), 'yellow', {
      nextColour: 'green',
      validUntil: '2020-03-12T00:00:00Z',
      rules: ['excluded-discharged'],
    }),
    expects('suspected', person({ lists: [{ kind: 'suspected', since: '2020-03-01' }] }), 'red', {
      rules: ['excluded-infected'],
    }),
    expects(
      'a close contact, who said so',
      person({ declaration: { contactOfCase: true }, lists: entries('close-contact') }),
      'red',
      {
        nextColour: 'yellow',
        validUntil: '2020-03-12T00:00:00Z',
        rules: ['excluded-close-contact', 'excluded-exposure'],
      },
    ),
    expects(
      'a close contact who declared none',
      person({ lists: entries('close-contact') }),
      'red',
      { rules: ['excluded-close-contact', 'declaration-contradicted'] },
    ),
    expects('home observation', person({ lists: entries('returnee') }), 'yellow', {
      nextColour: 'green',
      validUntil: '2020-03-12T00:00:00Z',
      rules: ['excluded-home-observation'],
    }),
    expects('a high-risk journey', person({ declaration: { highRiskTravel: true } }), 'yellow', {
      rules: ['excluded-exposure'],
    }),
    expects('a fever in words', person({ declaration: { symptoms: { fever: true } } }), 'yellow', {
      rules: ['symptoms'],
    }),
    expects('a cough', person({ declaration: { symptoms: { dryCough: true } } }), 'yellow', {
      rules: ['symptoms'],
    }),
    expects('fatigue', person({ declaration: { symptoms: { fatigue: true } } }), 'yellow', {
      rules: ['symptoms'],
    }),
    expects('37.3 °C', person({ declaration: { temperatureCentiC: 3730 } }), 'yellow', {
      rules: ['fever'],
    }),
    expects('no reading', person({ declaration: { temperatureCentiC: null } }), 'green'),
    expects('a high-risk area', person({ area: { level: 'high' } }), 'red', {
      rules: ['area-high'],
    }),
    expects('a medium-risk area', person({ area: { level: 'medium' } }), 'yellow', {
      rules: ['area-medium'],
    }),
  ],
});
