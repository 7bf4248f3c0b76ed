import type { ScoringRule } from '@greengate/contracts/rules/pack';
import {
  at,
  both,
  type Expression,
  either,
  fact,
  known,
  latest,
  latestSince,
  listed,
  noHold,
  same,
  some,
  threshold,
} from '@greengate/contracts/rules/packs/expressions';

const contactDeclared = fact('declaration.contactOfCase');
const travelDeclared = fact('declaration.highRiskTravel');
const feverDeclared = fact('declaration.symptoms.fever');
const cough = fact('declaration.symptoms.dryCough');
const fatigue = fact('declaration.symptoms.fatigue');
const residence = fact('declaration.residenceDays');
const temperature = 'declaration.temperatureCentiC';
const areaMedium = same('area.level', 'medium');
const declaredAt = at(fact('declaration.at'));

const not = (operand: Expression): Expression => ({ '!': [operand] });
const warmFrom = (line: string) =>
  known(temperature, { '>=': [fact(temperature), threshold(line)] });
const feverish = either(feverDeclared, warmFrom('feverCentiC'));
const journeyOf = (level: string) => some('journeys', same('current.level', level));
const lastJourney = (level: string) => latest('journeys', 'leftAt', same('current.level', level));
const elsewhere = (colour: string) => some('elsewhere', same('current.colour', colour));
const daysAgo = (days: number): Expression => ({ plusTime: [fact('now'), -days, 'day'] });
const newerThan = (date: Expression, days: number): Expression => ({
  if: [date, { after: [at(date), daysAgo(days)] }, false],
});
const silentFor = (days: number) => not(newerThan(fact('lastReportAt'), days));
const shorterThan = (line: string): Expression => ({ '<': [residence, threshold(line)] });
const manyOf = (list: string, line: string): Expression => ({
  '>=': [{ reduce: [fact(list), { '+': [fact('accumulator'), 1] }, 0] }, threshold(line)],
});

type Change = Partial<Pick<ScoringRule, 'holdDays' | 'holdFrom' | 'next' | 'informs'>>;

function rule(id: string, outcome: string, when: Expression, change: Change = noHold): ScoringRule {
  const texts = { zh: `本市规则：${id}`, en: `Rule of this city: ${id}` };
  return { ...noHold, id, when, outcome, reason: id, ...texts, hardLine: false, ...change };
}

const heldFrom = (holdFrom: Expression, holdDays: number, next = 'green'): Change => ({
  holdDays,
  holdFrom,
  next,
});
const informing: Change = { informs: true };

/** What one city asks beside its province: other regions and journeys first, then several things at once, then silence. */
export const cityRules: readonly ScoringRule[] = [
  rule('red-elsewhere', 'red', elsewhere('red')),
  rule('yellow-elsewhere', 'yellow', elsewhere('yellow')),
  rule('pending-elsewhere', 'pending', elsewhere('pending')),
  rule('journey-high', 'yellow', journeyOf('high'), heldFrom(lastJourney('high'), 14)),
  rule('journey-medium', 'yellow', journeyOf('medium'), heldFrom(lastJourney('medium'), 7)),
  rule('traveller', 'pending', manyOf('journeys', 'journeysMany')),
  rule('not-settled', 'yellow', shorterThan('newcomerDays')),
  rule('high-fever', 'red', warmFrom('highFeverCentiC')),
  rule('warm-in-medium', 'red', both(areaMedium, warmFrom('watchCentiC'))),
  rule('tired-in-medium', 'red', both(areaMedium, fatigue)),
  rule('returnee-from-high', 'red', both(listed('returnee'), journeyOf('high')), {
    ...heldFrom(latestSince('returnee'), 14, 'yellow'),
  }),
  rule('returnee-feverish', 'red', both(listed('returnee'), feverish)),
  rule('returnee-fresh', 'red', newerThan(latestSince('returnee'), 3)),
  rule('returnee-silent', 'red', both(listed('returnee'), silentFor(1))),
  rule('returnee-unmeasured', 'red', both(listed('returnee'), not(fact(temperature)))),
  rule('contact-feverish', 'red', both(listed('close-contact'), feverish)),
  rule('contact-silent', 'red', both(listed('close-contact'), silentFor(2))),
  rule('released-symptoms', 'red', both(listed('released'), either(cough, fatigue))),
  rule('released-fresh', 'red', newerThan(latestSince('released'), 2)),
  rule('listed-often', 'yellow', manyOf('lists', 'entriesMany')),
  rule('newcomer-travelled', 'yellow', both(shorterThan('settledDays'), journeyOf('medium')), {
    ...heldFrom(lastJourney('medium'), 14),
  }),
  rule('pupil-coughs', 'red', both(same('declaration.purpose', 'school'), cough)),
  rule(
    'worker-from-high',
    'yellow',
    both(same('declaration.purpose', 'work'), journeyOf('high')),
    heldFrom(lastJourney('high'), 21),
  ),
  rule('fever-and-journey', 'red', both(feverish, journeyOf('medium'))),
  rule('fever-and-elsewhere', 'red', both(feverish, elsewhere('yellow'))),
  rule('cough-and-contact', 'red', both(cough, contactDeclared)),
  rule('contact-unlisted', 'pending', both(contactDeclared, not(listed('close-contact')))),
  rule(
    'declaration-old',
    'pending',
    both(not(fact('lastReportAt')), { before: [declaredAt, daysAgo(10)] }),
  ),
  rule(
    'contact-contradicted',
    'yellow',
    both(not(contactDeclared), listed('close-contact'), {
      'not-after': [at(latestSince('close-contact')), declaredAt],
    }),
    informing,
  ),
  rule(
    'journey-contradicted',
    'yellow',
    both(not(travelDeclared), journeyOf('high'), {
      'not-after': [at(lastJourney('high')), declaredAt],
    }),
    informing,
  ),
];
