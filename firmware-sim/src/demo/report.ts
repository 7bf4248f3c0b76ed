import type { OrderReport, PassageReport } from '../messages.ts';
import type { HeldEvent } from './journal.ts';
import type { Outage } from './managed.ts';

/** What `--json` writes. */
export interface DemoReport {
  readonly seed: number;
  /** Passengers who were told something. */
  readonly passages: number;
  readonly decidedWhileCloudDown: number;
  readonly verdicts: Readonly<Record<string, number>>;
  /** With the oracle: told otherwise, told nothing by a gateway that was there, or told unasked. */
  readonly disagreements: number;
  /** From the last byte of the scan to the order at the turnstile, monotonic. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly journalRows: number;
  readonly cloudRows: number;
  readonly lost: number;
  readonly duplicated: number;
  /** Told nothing because their gateway was killed meanwhile: they go to the next lane. */
  readonly undecided: number;
  readonly kills: { readonly gateway: number; readonly cloud: number };
  /** The slowest passages, to look for what else happened then. */
  readonly slowest: readonly { lane: string; second: number; latencyMs: number }[];
  /** The first faults in words. */
  readonly faults: readonly string[];
}

export interface Evidence {
  readonly seed: number;
  /** When the first passenger could come, EpochMs. */
  readonly startedAt: number;
  readonly passages: readonly PassageReport[];
  readonly orders: readonly OrderReport[];
  readonly cloudOutages: readonly Outage[];
  readonly kills: { readonly gateway: number; readonly cloud: number };
  readonly journal: readonly HeldEvent[];
  readonly cloud: readonly HeldEvent[];
}

const FAULTS_SHOWN = 20;

/** Holds what the station saw, the gateway wrote and the cloud has against each other. Pure. */
export function reportOf(evidence: Evidence): DemoReport {
  const decided = evidence.passages.filter(({ got }) => got !== null);
  const disagreements = findDisagreements(evidence);
  const lost = findLost(evidence);
  const duplicated = findDuplicated(evidence);
  return {
    seed: evidence.seed,
    passages: decided.length,
    decidedWhileCloudDown: decided.filter(({ at }) => isDuring(evidence.cloudOutages, at)).length,
    verdicts: countReasons(decided),
    disagreements: disagreements.length,
    latencyMs: percentiles(decided.flatMap(({ latencyMs }) => latencyMs ?? [])),
    journalRows: evidence.journal.length,
    cloudRows: evidence.cloud.length,
    lost: lost.length,
    duplicated: duplicated.length,
    undecided: evidence.passages.filter(({ got, excused }) => got === null && excused).length,
    kills: evidence.kills,
    slowest: slowestOf(decided, evidence.startedAt),
    faults: [...disagreements, ...lost, ...duplicated].slice(0, FAULTS_SHOWN),
  };
}

export function isFaulty(report: DemoReport): boolean {
  return report.disagreements + report.lost + report.duplicated > 0;
}

function findDisagreements({ passages, orders }: Evidence): string[] {
  const feverish = new Set<string>();
  const wrong = passages.flatMap(({ lane, person, passback, expected, got, excused }) => {
    const who = `${lane}: ${person}${passback ? ' (pass-back)' : ''}`;
    const should = `should get ${expected.action} ${expected.reason}`;
    if (got === null) return excused ? [] : [`${who} ${should}, got nothing`];
    // A fever at a gate is evidence: whoever had one is yellow when they come again.
    const evident =
      expected.reason === 'temperature-fever' &&
      got.reason === 'status-yellow' &&
      feverish.has(person);
    if (got.reason === 'temperature-fever') feverish.add(person);
    const agrees = got.action === expected.action && (evident || got.reason === expected.reason);
    return agrees ? [] : [`${who} ${should}, got ${got.action} ${got.reason}`];
  });
  const unasked = orders
    .filter(({ stray }) => stray)
    .map(({ lane, action, reason }) => `${lane}: ${action} ${reason} came for nobody`);
  return [...wrong, ...unasked];
}

function findLost({ journal, cloud, orders }: Evidence): string[] {
  const arrived = new Map(cloud.map((event) => [idOf(event), event.payload]));
  const missing = journal.flatMap((event) => {
    const payload = arrived.get(idOf(event));
    if (payload === event.payload) return [];
    const how = payload === undefined ? 'is not in the cloud' : 'is another one in the cloud';
    return [`${event.kind} ${idOf(event)} ${how}`];
  });
  const recorded = new Set(
    [...journal, ...cloud].flatMap(({ kind, passage }) => (kind === 'intent' ? [passage] : [])),
  );
  const untraced = orders
    .filter(({ action, passage }) => action !== 'release' && !recorded.has(passage))
    .map(({ lane, passage }) => `${lane}: an order for passage ${passage} left no intent`);
  return [...missing, ...untraced];
}

function findDuplicated({ journal, cloud, orders }: Evidence): string[] {
  const intents = (events: readonly HeldEvent[]) =>
    events.flatMap(({ kind, passage }) => (kind === 'intent' && passage !== null ? passage : []));
  const actedOn = orders.flatMap(({ result, nonce }) => (result === 'accepted' ? nonce : []));
  return [
    ...repeated(journal.map(idOf)).map((id) => `event ${id} is twice in the journal`),
    ...repeated(cloud.map(idOf)).map((id) => `event ${id} is twice in the cloud`),
    ...repeated(intents(journal)).map((id) => `passage ${id} has two intents in the journal`),
    ...repeated(intents(cloud)).map((id) => `passage ${id} has two intents in the cloud`),
    ...repeated(actedOn).map((nonce) => `order ${nonce} was acted on twice`),
  ];
}

function idOf({ epoch, seq }: HeldEvent): string {
  return `${epoch}/${seq}`;
}

function repeated(ids: readonly string[]): string[] {
  const seen = new Set<string>();
  return ids.filter((id) => seen.has(id) || !seen.add(id));
}

function isDuring(outages: readonly Outage[], at: number): boolean {
  return outages.some(({ from, to }) => from <= at && at < to);
}

function countReasons(decided: readonly PassageReport[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { got } of decided) {
    if (got) counts[got.reason] = (counts[got.reason] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort(([, a], [, b]) => b - a));
}

const SLOWEST_SHOWN = 5;

function slowestOf(decided: readonly PassageReport[], startedAt: number): DemoReport['slowest'] {
  return decided
    .flatMap(({ lane, at, latencyMs }) => (latencyMs === null ? [] : { lane, at, latencyMs }))
    .sort((a, b) => b.latencyMs - a.latencyMs)
    .slice(0, SLOWEST_SHOWN)
    .map(({ lane, at, latencyMs }) => {
      const second = Math.round((at - startedAt) / 100) / 10;
      return { lane, second, latencyMs: Math.round(latencyMs) };
    });
}

/** Nearest rank, to a hundredth of a millisecond. All zero when there is nothing. */
function percentiles(samples: readonly number[]): DemoReport['latencyMs'] {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = (share: number) => {
    const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
    return Math.round(value * 100) / 100;
  };
  return { p50: rank(0.5), p99: rank(0.99), max: rank(1) };
}
