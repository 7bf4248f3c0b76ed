import type { z } from 'zod';
import { type ListKind, type ScoringFacts, scoringFactsSchema } from '../facts.ts';
import type { PackTest } from '../pack-inputs.ts';

type Facts = z.input<typeof scoringFactsSchema>;
type Declaration = Facts['declaration'];
type ListEntry = Facts['lists'][number];

interface Changes extends Partial<Omit<Facts, 'declaration' | 'lists'>> {
  readonly declaration?: Partial<Omit<Declaration, 'symptoms'>> & {
    readonly symptoms?: Partial<Declaration['symptoms']>;
  };
  readonly lists?: readonly ListEntry[];
}

/** Facts for a pack's tests: somebody against whom nothing speaks, a day after declaring, but for the changes. */
export function person({ declaration, lists, ...changes }: Changes = {}): ScoringFacts {
  const { symptoms, ...declared } = declaration ?? {};
  return scoringFactsSchema.parse({
    now: '2020-03-10T00:00:00Z',
    area: { level: 'low' },
    lastReportAt: null,
    ...changes,
    lists: [...(lists ?? [])],
    declaration: {
      at: '2020-03-09T00:00:00Z',
      symptoms: { fever: false, dryCough: false, fatigue: false, ...symptoms },
      residenceDays: 400,
      contactOfCase: false,
      highRiskTravel: false,
      temperatureCentiC: 3650,
      ...declared,
    },
  });
}

export function expects(
  name: string,
  facts: ScoringFacts,
  colour: string,
  more: Omit<PackTest['expect'], 'colour'> = {},
): PackTest {
  return { name, facts, expect: { colour, ...more } };
}

/**
 * Three entries of one list, the latest of 2020-02-27 in the middle, after an old one of another list: every
 * way that the latest of them can be found. Their reports are complete.
 */
export function entries(kind: ListKind): readonly ListEntry[] {
  const other = kind === 'released' ? 'returnee' : 'released';
  const entry = (since: string, of: ListKind) => ({ kind: of, since, reportedDays: 20 });
  return [
    entry('2020-02-01', other),
    entry('2020-02-24', kind),
    entry('2020-02-27', kind),
    entry('2020-02-25', kind),
  ];
}
