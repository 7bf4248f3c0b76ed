import type { PassageId } from '@greengate/contracts/ids';
import type { LaneState } from '../../../src/lane/lane-types.ts';
import { nextScanMsMax, sameCodeMs } from '../../../src/limits.ts';
import type { Scan, TurnstileEvent } from '../../../src/ports.ts';
import { ownerOf, type World } from './world.ts';

/**
 * What a world is, as far as anything from here on can tell: clocks by whether they have run out, people and passages by the
 * order in which they occur, and nothing of what is over.
 */
export function keyOf(world: World): string {
  const { now, lane, spot, arm, deciding, ended } = world;
  const { phase, reading, readingsFrom, next, turnedAway, lastScan } = lane;
  const people = numbering<string>(() => true);
  const live = [
    'passage' in phase ? phase.passage : undefined,
    'passage' in arm ? arm.passage : undefined,
    deciding?.at === 'told' ? deciding.passage : undefined,
    world.open,
  ];
  // What is said of a passage that is over is all the same.
  const passages = numbering<PassageId>((passage) => live.includes(passage));
  const scan = (each: Scan, ms: number) => `${people(each.text)}${now - each.at < ms ? '' : 'old'}`;
  const word = (each: TurnstileEvent) => {
    if ('passage' in each) return `${each.kind}${passages(each.passage)}`;
    return each.kind === 'fire' ? `fire${each.active}` : each.kind;
  };
  const isCompared = lastScan && (now - lastScan.at < sameCodeMs || lastMatters(lane));
  return [
    phase.name,
    'until' in phase ? phase.until > now : '',
    'passage' in phase ? passages(phase.passage) : '',
    phase.name === 'measuring' ? people(phase.scan.text) : '',
    phase.name === 'deciding' ? `${heard(phase.early.map(word))}${phase.revoked}` : '',
    phase.name === 'released' ? phase.undecided : '',
    next ? scan(next, nextScanMsMax + 1) : '',
    spot === undefined ? '' : `${people(spot)}${world.hasShown}`,
    isCompared ? scan(lastScan, sameCodeMs) : '',
    turnedAway ? people(turnedAway.text) : '',
    reading ? (reading.centiC.ok ? people(ownerOf(reading.centiC.value)) : '!') : '',
    readingsFrom === undefined ? '-' : readingsFrom > now,
    world.left.map(({ who, since }) => `${people(who)}${since}`).toSorted(),
    world.walkedOff.map(people).toSorted(),
    world.owed.map(people),
    deciding?.at,
    deciding?.at === 'thinking' ? deciding.of === '' : '',
    deciding?.at === 'told' ? `${passages(deciding.passage)}${deciding.taken}` : '',
    world.open === undefined ? '' : passages(world.open),
    arm.at,
    'passage' in arm ? `${passages(arm.passage)}${arm.lost}` : '',
    'who' in arm && spot !== undefined ? people(arm.who) : '',
    arm.at === 'granted' ? arm.until > now : '',
    ended && live.includes(ended.passage) ? `${passages(ended.passage)}${ended.how}` : '',
    world.words.map((each) => `${word(each.word)}${each.again}`),
    world.isOnline,
  ].join('|');
}

/** Of a passage that is over it matters only whether somebody went in by it, unless words fall out at the other end. */
function heard(early: readonly string[]): string {
  const own = early.filter((each) => !each.endsWith('*'));
  return `${own}${early.includes('started*')}${early.length > 3}`;
}

/** Whether the text of the last scan is compared however old it is. */
function lastMatters({ phase }: LaneState): boolean {
  return !(
    phase.name === 'idle' ||
    phase.name === 'fault' ||
    (phase.name === 'released' && !phase.undecided)
  );
}

function numbering<T extends string>(isLive: (name: T) => boolean): (name: T) => number | '*' {
  const numbers = new Map<string, number>();
  return (name) => {
    if (!isLive(name)) return '*';
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  };
}
