import { type ScoringPack, scoringPackSchema } from '../../src/rules/pack.ts';
import { WIRE_SCHEME } from '../../src/rules/pack-colours.ts';
import { expects, person } from '../../src/rules/packs/person.ts';

export const v = (path: string) => ({ var: path });

type Declaration = NonNullable<NonNullable<Parameters<typeof person>[0]>['declaration']>;

export const test = (name: string, declaration: Declaration, colour: string) =>
  expects(name, person({ declaration }), colour);

export const clearTest = test('clear', { temperatureCentiC: null }, 'green');
export const lapseTest = expects('lapse', person({ now: '2020-05-01T00:00:00Z' }), 'yellow');

export const fever = v('declaration.symptoms.fever');

export const rule = (id: string, changes: object) => ({
  id,
  outcome: 'yellow',
  holdDays: null,
  holdFrom: null,
  next: null,
  reason: id,
  zh: '测试',
  en: 'test',
  hardLine: false,
  ...changes,
});

const plain = scoringPackSchema.parse({
  id: 'plain',
  version: 1,
  region: '370000',
  validFrom: '2020-02-01',
  validUntil: null,
  colours: WIRE_SCHEME,
  thresholds: {},
  inputs: [{ path: 'declaration.symptoms.fever', type: 'boolean' }],
  rules: [rule('fever', { when: fever })],
  defaults: {
    clear: { id: 'clear', outcome: 'green', reason: 'clear', zh: '无', en: 'none' },
    lapse: { id: 'lapsed', outcome: 'yellow', reason: 'lapsed', zh: '过期', en: 'lapsed' },
    codeValidDays: 5,
    codeValidFrom: '2020-03-09',
  },
  tests: [clearTest, lapseTest, test('fever', { symptoms: { fever: true } }, 'yellow')],
});

/** A small pack that lints clean, with changes that need not be sound. */
export function faultless(changes: Readonly<Record<string, unknown>> = {}): ScoringPack {
  return { ...plain, ...changes } as ScoringPack;
}
