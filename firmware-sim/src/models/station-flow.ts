import type { Prng } from '../prng.ts';
import { Agenda } from './agenda.ts';
import { type Chance, createChance } from './chance.ts';
import { ARRIVALS, type Layout, type Part, type Stage } from './station-parameters.ts';

/** Somebody's way through the station, seconds since the peak began. */
export interface Way {
  readonly cameAt: number;
  /** Infinity: still inside when the run ended. */
  throughAt: number;
}

export interface Run {
  readonly ways: readonly Way[];
  /** Longest queue before a stage, by its name. */
  readonly longest: ReadonlyMap<string, number>;
}

/** Lets people into an empty station for so long, and lets time go on for as long as anybody is inside. */
export function runStation(layout: Layout, seconds: number, prng: Prng): Run {
  const arrivals = prng.fork('arrivals');
  const flow = new Flow(layout, prng.fork('service'));
  for (const cameAt of arrivalsOf(seconds, createChance(arrivals), arrivals)) flow.enter(cameAt);
  return flow.run();
}

/** Instants of a rate that swings: drawn at its highest, and thinned. */
function arrivalsOf(seconds: number, chance: Chance, prng: Prng): number[] {
  const { perMinute, waveSeconds, waveShare } = ARRIVALS;
  const highest = (perMinute / 60) * (1 + waveShare);
  const instants: number[] = [];
  for (let at = chance.exponential(1 / highest); at < seconds; ) {
    const wave = 1 + waveShare * Math.sin((2 * Math.PI * at) / waveSeconds);
    if (prng.unit() < wave / (1 + waveShare)) instants.push(at);
    at += chance.exponential(1 / highest);
  }
  return instants;
}

/** A stage with its servers at one moment: the people before each of them, the one being served first. */
interface Row {
  readonly stage: Stage;
  readonly queues: Way[][];
  /** Where people go from here; undefined: through. */
  readonly next: Row | undefined;
  readonly referred: Row | undefined;
}

type Event =
  | { readonly kind: 'joins'; readonly way: Way; readonly row: Row }
  | { readonly kind: 'served'; readonly way: Way; readonly row: Row; readonly server: number };

class Flow {
  readonly #agenda = new Agenda<Event>();
  readonly #ways: Way[] = [];
  readonly #longest = new Map<string, number>();
  readonly #first: Row | undefined;
  readonly #prng: Prng;
  readonly #chance: Chance;

  constructor({ stages }: Layout, prng: Prng) {
    this.#prng = prng;
    this.#chance = createChance(prng);
    this.#first = stages.reduceRight<Row | undefined>(
      (next, stage) => rowOf(stage, next),
      undefined,
    );
  }

  enter(cameAt: number): void {
    const way: Way = { cameAt, throughAt: Number.POSITIVE_INFINITY };
    this.#ways.push(way);
    this.#goTo(this.#first, way, cameAt);
  }

  run(): Run {
    for (let event = this.#agenda.next(); event; event = this.#agenda.next()) {
      const { at, what } = event;
      if (what.kind === 'joins') this.#join(what.row, what.way, at);
      else this.#leave(what.row, what.server, what.way, at);
    }
    return { ways: this.#ways, longest: this.#longest };
  }

  #goTo(row: Row | undefined, way: Way, at: number): void {
    if (!row) {
      way.throughAt = at;
      return;
    }
    const takes = row.stage.before.reduce((sum, part) => sum + this.#draw(part), 0);
    this.#agenda.add(at + takes, { kind: 'joins', way, row });
  }

  #join(row: Row, way: Way, at: number): void {
    const server = this.#shortest(row.queues);
    const queue = row.queues[server];
    if (!queue) return;
    queue.push(way);
    const { name } = row.stage;
    this.#longest.set(name, Math.max(this.#longest.get(name) ?? 0, queue.length));
    if (queue.length === 1) this.#serve(row, server, way, at);
  }

  #serve(row: Row, server: number, way: Way, at: number): void {
    let takes = 0;
    for (const together of row.stage.service) {
      takes += Math.max(0, ...together.map((part) => this.#draw(part)));
    }
    this.#agenda.add(at + takes, { kind: 'served', way, row, server });
  }

  #leave(row: Row, server: number, way: Way, at: number): void {
    const queue = row.queues[server];
    queue?.shift();
    const following = queue?.[0];
    if (following) this.#serve(row, server, following, at);
    const { refers } = row.stage;
    const isReferred = refers !== undefined && this.#prng.unit() < refers.share;
    this.#goTo(isReferred ? row.referred : row.next, way, at);
  }

  /** Of some queues that one comes to see, the shortest. */
  #shortest(queues: readonly Way[][]): number {
    let best = this.#prng.below(queues.length);
    for (let looked = 1; looked < Math.min(ARRIVALS.queuesSeen, queues.length); looked++) {
      const other = this.#prng.below(queues.length);
      if ((queues[other]?.length ?? 0) < (queues[best]?.length ?? 0)) best = other;
    }
    return best;
  }

  #draw({ medianSeconds, spread, share }: Part): number {
    if (share !== undefined && this.#prng.unit() >= share) return 0;
    return this.#chance.logNormal(medianSeconds, spread);
  }
}

function rowOf(stage: Stage, next: Row | undefined): Row {
  const queues = Array.from({ length: stage.servers }, (): Way[] => []);
  return { stage, queues, next, referred: stage.refers && rowOf(stage.refers.to, undefined) };
}
