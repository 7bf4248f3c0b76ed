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
} from './expressions.ts';
import { AREA_INPUTS, DECLARATION_INPUTS, LIST_INPUTS, REPORT_INPUTS } from './inputs.ts';
import { entries, expects, person } from './person.ts';

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
  colours: WIRE_SCHEME,
  thresholds: {},
  inputs: [...DECLARATION_INPUTS, ...LIST_INPUTS, ...AREA_INPUTS, ...REPORT_INPUTS],
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
        known('declaration.temperatureCentiC', {
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
      informs: true,
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
  tests: [
    expects('clean', person(), 'green', { nextColour: 'yellow', rules: ['clear'] }),
    expects(
      'a daily report renews the code',
      person({ lastReportAt: '2020-03-09T23:00:00Z' }),
      'green',
      {
        validUntil: '2020-03-14T23:00:00Z',
      },
    ),
    expects(
      'a report older than the declaration',
      person({ lastReportAt: '2020-03-05T00:00:00Z' }),
      'green',
    ),
    expects('lapsed', person({ now: '2020-03-20T00:00:00Z' }), 'yellow', { rules: ['lapsed'] }),
    expects('confirmed', person({ lists: [{ kind: 'confirmed', since: '2020-03-01' }] }), 'red', {
      rules: ['listed-infected'],
    }),
    expects('a high-risk area', person({ area: { level: 'high' } }), 'red', {
      rules: ['area-high'],
    }),
    expects('a medium-risk area', person({ area: { level: 'medium' } }), 'yellow', {
      rules: ['area-medium'],
    }),
    expects(
      'a close contact, who said so',
      person({ declaration: { contactOfCase: true }, lists: entries('close-contact') }),
      'red',
      {
        nextColour: 'yellow',
        validUntil: '2020-03-12T00:00:00Z',
        rules: ['close-contact', 'declared-exposure'],
      },
    ),
    expects(
      'a close contact who declared none',
      person({ lists: entries('close-contact') }),
      'red',
      { rules: ['close-contact', 'declaration-contradicted'] },
    ),
    expects('a returnee', person({ lists: entries('returnee') }), 'yellow', {
      nextColour: 'green',
      validUntil: '2020-03-12T00:00:00Z',
      rules: ['returnee'],
    }),
    expects('discharged', person({ lists: entries('released') }), 'yellow', {
      nextColour: 'green',
      validUntil: '2020-03-12T00:00:00Z',
      rules: ['released'],
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
    expects('a fever at the line', person({ declaration: { temperatureCentiC: 3730 } }), 'yellow'),
    expects('no reading', person({ declaration: { temperatureCentiC: null } }), 'green'),
    expects(
      'a journey to a high-risk area',
      person({ declaration: { highRiskTravel: true } }),
      'yellow',
      {
        rules: ['declared-exposure'],
      },
    ),
    expects('a newcomer', person({ declaration: { residenceDays: 13 } }), 'yellow', {
      rules: ['residence-short'],
    }),
  ],
});
