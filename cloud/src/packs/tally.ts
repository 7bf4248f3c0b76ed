import type { Tally } from '../job-port.ts';
import type { Status, StatusRow } from '../ports.ts';

/** What changed from what to what. Names are `change:FROM>TO`. */
export interface Change {
  readonly from: string;
  readonly to: string;
  readonly holders: number;
}

/** Counts up, for one slice of a job. */
export interface Counter {
  add(name: string): void;
  tally(): Tally;
}

export function counter(): Counter {
  const counts = new Map<string, number>();
  return {
    add: (name) => void counts.set(name, (counts.get(name) ?? 0) + 1),
    tally: () => Object.fromEntries(counts),
  };
}

/** The colour that a holder has at the instant of a new verdict: a code that ended meanwhile is not what was scored. */
export function changeOf(held: StatusRow | undefined, status: Status): string {
  if (held === undefined) return `new>${status.colour}`;
  const from = status.scoredAt < held.validUntil ? held.colour : held.nextColour;
  return `${from}>${status.colour}`;
}

/** The counts whose names begin with `prefix`, by what follows it. */
export function countsOf(tally: Tally, prefix: string): readonly (readonly [string, number])[] {
  return Object.entries(tally).flatMap(([name, count]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), count] as const] : [],
  );
}

export function changesOf(tally: Tally, prefix = 'change:'): readonly Change[] {
  return countsOf(tally, prefix).map(([name, holders]) => {
    const [from = '', to = ''] = name.split('>');
    return { from, to, holders };
  });
}

/** How many came to a colour from another. */
export function turned(tally: Tally, colour: string): number {
  const into = changesOf(tally).filter(({ from, to }) => to === colour && from !== colour);
  return into.reduce((sum, { holders }) => sum + holders, 0);
}
