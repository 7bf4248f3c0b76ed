import { type ScoringPack, scoringPackSchema } from '../pack.ts';
import { WIRE_SCHEME } from '../pack-colours.ts';
import {
  either,
  fact,
  known,
  later,
  latestSince,
  listed,
  noHold,
  reportsShort,
  same,
  threshold,
} from './expressions.ts';
import {
  AREA_INPUTS,
  DECLARATION_INPUTS,
  LIST_INPUTS,
  REPORT_INPUTS,
  REPORTED_DAYS_INPUTS,
} from './inputs.ts';
import { entries, expects, person } from './person.ts';

const contact = (since: string, days: number) =>
  ({ kind: 'close-contact', since, reportedDays: days }) as const;
const returnee = (since: string, days: number) =>
  ({ kind: 'returnee', since, reportedDays: days }) as const;

/**
 * Three colours: red is 14 days of isolation, yellow 7; after the period the colour returns to green by itself,
 * if there was a daily report on each of its days (DOMAIN 2, the Hangzhou scheme).
 */
export const zhejiangPack: ScoringPack = scoringPackSchema.parse({
  id: 'zhejiang',
  version: 1,
  region: '330000',
  validFrom: '2020-02-11T00:00:00+08:00',
  validUntil: null,
  colours: WIRE_SCHEME,
  thresholds: { feverCentiC: 3730, redReportedDays: 14, yellowReportedDays: 7 },
  inputs: [
    ...DECLARATION_INPUTS.filter(({ path }) => path !== 'declaration.residenceDays'),
    ...LIST_INPUTS,
    ...REPORTED_DAYS_INPUTS,
    ...AREA_INPUTS,
    ...REPORT_INPUTS,
  ],
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
      next: 'green',
      reason: 'close-contact',
      zh: '您是密切接触者，须隔离观察 14 天并每日上报。',
      en: 'You are a close contact: 14 days of isolation with a report every day.',
      hardLine: true,
    },
    {
      id: 'close-contact-reports',
      when: reportsShort('close-contact', 'redReportedDays'),
      outcome: 'yellow',
      ...noHold,
      reason: 'reports-missing',
      zh: '隔离观察期间的每日上报未满 14 天，补足后转为绿码。',
      en: 'Fewer than 14 daily reports since your isolation began; the code turns green when they are complete.',
      hardLine: false,
    },
    {
      id: 'returnee',
      when: listed('returnee'),
      outcome: 'yellow',
      holdDays: 7,
      holdFrom: latestSince('returnee'),
      next: 'green',
      reason: 'returnee',
      zh: '您返回未满 7 天，须隔离并每日上报。',
      en: 'You returned less than 7 days ago: isolation with a report every day.',
      hardLine: false,
    },
    {
      id: 'returnee-reports',
      when: reportsShort('returnee', 'yellowReportedDays'),
      outcome: 'yellow',
      ...noHold,
      reason: 'reports-missing',
      zh: '返回后的每日上报未满 7 天，补足后转为绿码。',
      en: 'Fewer than 7 daily reports since you returned; the code turns green when they are complete.',
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
          '>=': [fact('declaration.temperatureCentiC'), threshold('feverCentiC')],
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
      holdDays: 7,
      holdFrom: fact('declaration.at'),
      next: 'green',
      reason: 'declared-exposure',
      zh: '您申报接触过病例或去过高风险地区，须隔离 7 天。',
      en: 'You declared contact with a case or travel to a high-risk area: 7 days of isolation.',
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
  ],
  defaults: {
    clear: {
      id: 'clear',
      outcome: 'green',
      reason: 'clear',
      zh: '未发现风险情形，凭码通行。',
      en: 'Nothing speaks against passage.',
    },
    lapse: {
      id: 'lapsed',
      outcome: 'yellow',
      reason: 'lapsed',
      zh: '健康码已过期，请重新申报。',
      en: 'The code has lapsed: please declare again.',
    },
    codeValidDays: 14,
    codeValidFrom: later(fact('declaration.at'), fact('lastReportAt')),
  },
  tests: [
    expects('nothing speaks against passage', person(), 'green', {
      nextColour: 'yellow',
      validUntil: '2020-03-23T00:00:00Z',
      rules: ['clear'],
    }),
    expects('a report renews the code', person({ lastReportAt: '2020-03-09T12:00:00Z' }), 'green', {
      validUntil: '2020-03-23T12:00:00Z',
    }),
    expects('lapsed', person({ now: '2020-04-10T00:00:00Z' }), 'yellow', { rules: ['lapsed'] }),
    expects('confirmed', person({ lists: [{ kind: 'confirmed', since: '2020-01-01' }] }), 'red', {
      nextColour: 'red',
      rules: ['listed-infected'],
    }),
    expects('a high-risk area', person({ area: { level: 'high' } }), 'red', {
      rules: ['area-high'],
    }),
    expects('a medium-risk area', person({ area: { level: 'medium' } }), 'yellow', {
      rules: ['area-medium'],
    }),
    expects(
      'a close contact on day 5, reporting daily: red, then yellow until the reports are complete',
      person({ lists: [contact('2020-03-05', 5)] }),
      'red',
      {
        nextColour: 'yellow',
        validUntil: '2020-03-19T00:00:00Z',
        rules: ['close-contact', 'close-contact-reports'],
      },
    ),
    expects(
      'a close contact with 14 reports before the hold ends: red, then green by itself',
      person({ now: '2020-03-18T12:00:00Z', lists: [contact('2020-03-05', 14)] }),
      'red',
      { nextColour: 'green', validUntil: '2020-03-19T00:00:00Z', rules: ['close-contact'] },
    ),
    expects(
      'a close contact after 14 days with 14 reports',
      person({ now: '2020-03-19T00:00:00Z', lists: [contact('2020-03-05', 14)] }),
      'green',
      { rules: ['clear'] },
    ),
    expects(
      'a close contact after 14 days with 13 reports',
      person({ now: '2020-03-19T00:00:00Z', lists: [contact('2020-03-05', 13)] }),
      'yellow',
      { rules: ['close-contact-reports'] },
    ),
    expects(
      'a contact listed three times: the latest counts',
      person({ lists: entries('close-contact') }),
      'red',
      {
        nextColour: 'green',
        validUntil: '2020-03-12T00:00:00Z',
        rules: ['close-contact'],
      },
    ),
    expects(
      'a contact who never reported',
      person({
        now: '2020-03-19T00:00:00Z',
        lists: [{ kind: 'close-contact', since: '2020-03-01' }],
      }),
      'yellow',
      { nextColour: 'yellow', rules: ['close-contact-reports'] },
    ),
    expects(
      'a returnee with complete reports: yellow, green by itself on day 7',
      person({
        now: '2020-03-04T00:00:00Z',
        declaration: { at: '2020-03-03T00:00:00Z' },
        lists: entries('returnee'),
      }),
      'yellow',
      { nextColour: 'green', validUntil: '2020-03-05T00:00:00Z', rules: ['returnee'] },
    ),
    expects('a returnee with 6 reports', person({ lists: [returnee('2020-03-01', 6)] }), 'yellow', {
      rules: ['returnee-reports'],
    }),
    expects(
      'a returnee who never reported',
      person({ lists: [{ kind: 'returnee', since: '2020-03-01' }] }),
      'yellow',
      { nextColour: 'yellow', rules: ['returnee-reports'] },
    ),
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
    expects('just below the line', person({ declaration: { temperatureCentiC: 3729 } }), 'green'),
    expects('no reading', person({ declaration: { temperatureCentiC: null } }), 'green'),
    expects('contact declared', person({ declaration: { contactOfCase: true } }), 'yellow', {
      nextColour: 'green',
      validUntil: '2020-03-16T00:00:00Z',
      rules: ['declared-exposure'],
    }),
    expects('travel declared', person({ declaration: { highRiskTravel: true } }), 'yellow'),
  ],
});
