import type { Prng } from '../../dist/prng.js';
import { badSigned } from './bad-signed.ts';
import { copyDisk } from './cloud-node.ts';
import type { CloudSite } from './cloud-site.ts';
import { GATEWAY_FILES } from './disk.ts';
import { describeFault, type Fault, type Plan } from './faults.ts';
import { chanceOf } from './gateway-box.ts';
import type { Report } from './oracles.ts';
import type { Boxed } from './run.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface InjectPorts {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly plan: Plan;
  readonly boxes: readonly Boxed[];
  readonly site: CloudSite;
  readonly addBox: (n: number, label: string, folder: string) => Boxed;
  readonly report: Report;
}

/** Lets every fault of the plan happen at its time, and end. */
export function scheduleFaults(ports: InjectPorts): void {
  for (const fault of ports.plan.faults) {
    ports.time.after(fault.at, () => {
      ports.trace.note('fault', describeFault(fault));
      begin(ports, fault);
    });
  }
}

function begin(ports: InjectPorts, fault: Fault): unknown {
  const { time, boxes, site } = ports;
  const boxed = boxes[fault.gateway];
  if (!boxed) return undefined;
  const { box, weather } = boxed;
  const chance = chanceOf(fault.salt);
  const later = (work: () => void) => time.after(fault.ms, work);
  const startAgain = () => time.after(300 + chance.below(4000), box.start);
  switch (fault.kind) {
    case 'partition':
      weather.partition = chance.below(2) === 0 ? 'refused' : 'swallowed';
      return later(() => Object.assign(weather, { partition: 'none' }));
    case 'slow':
    case 'lossy':
    case 'duplicate':
    case 'garbled': {
      const name = fault.kind;
      weather[name] = true;
      return later(() => Object.assign(weather, { [name]: false }));
    }
    case 'silence':
      weather.partition = 'refused';
      return later(() => Object.assign(weather, { partition: 'none' }));
    case 'kill-gateway':
      return chance.below(2) === 0
        ? box.killAfter(1 + chance.below(60), startAgain)
        : killInPassage(ports, boxed, chance.below(600), startAgain);
    case 'cold-start':
      box.jumpClock(JUMPS_MS[chance.below(JUMPS_MS.length)] ?? 0);
      weather.partition = 'refused';
      later(() => Object.assign(weather, { partition: 'none' }));
      box.kill('cold start');
      return startAgain();
    case 'damage':
      return box.damage(chance, startAgain);
    case 'power-loss':
      if (chance.below(2) === 0) box.jumpClock(-chance.below(900) * 86_400_000);
      return box.loseplug(chance, startAgain);
    case 'disk-full':
    case 'disk-hang':
      box.disk.health = fault.kind === 'disk-full' ? 'full' : 'hangs';
      box.disk.file = (['journal.db', 'replica.db', undefined] as const)[chance.below(3)];
      return later(() => Object.assign(box.disk, { health: 'well' }));
    case 'clock-jump':
      return box.jumpClock(JUMPS_MS[chance.below(JUMPS_MS.length)] ?? 0);
    case 'kill-cloud':
      return void site
        .kill()
        .then(() => time.after(Math.min(fault.ms, 15_000), () => void site.start()));
    case 'cloud-power-loss':
      return site.losePower(
        chance,
        () => void time.after(Math.min(fault.ms, 15_000), () => void site.start()),
      );
    case 'cloud-disk-full':
      site.setFull(true);
      return later(() => site.setFull(false));
    case 'restore-cloud':
      site.backUp();
      return later(() => void site.restore());
    case 'clone':
      return clone(ports, fault, boxed);
    case 'bad-signed':
      return badSigned(site, box.label, chance);
    case 'noisy-bus':
      for (const bench of box.bus.benches) bench.noisy = true;
      return later(() => {
        for (const bench of box.bus.benches) bench.noisy = false;
      });
    case 'turnstile-away':
      for (const bench of box.bus.benches) bench.setOnline(false);
      return later(() => {
        for (const bench of box.bus.benches) bench.setOnline(true);
      });
    case 'turnstile-deaf':
      return goDeaf(ports, fault, boxed, chance);
    case 'fire':
      return burn(ports, fault, boxed);
  }
}

const HOUR_MS = 3_600_000;
const JUMPS_MS = [-400, 25, -1, 1, 26 * 24, -70 * 24, 400 * 24].map((hours) => hours * HOUR_MS);

/** S5: at every point of a passage the lane is free at once, and nothing is held that would open it afterwards. */
function burn({ time, report, plan }: InjectPorts, fault: Fault, { box }: Boxed): void {
  const { fire } = box;
  const seen = () => {
    if (!fire.isFire() || !box.isRunning()) return;
    const state = box.lanes().find(({ lane }) => lane === fire.lane)?.state;
    if (state !== 'released')
      report('S5', `${box.label}: the fire contact is open and the lane is ${state}`);
    if (fire.isGranting())
      report('S5', `${box.label}: a grant is held while the fire contact is open`);
  };
  fire.setFire(true);
  const end = Math.min(fault.at + fault.ms, plan.faultsUntil);
  for (let at = 5; fault.at + at < end; at += 500) time.after(at, seen);
  time.after(end - fault.at, () => fire.setFire(false));
}

/** Dies while somebody is let in: within `ms` of the moment at which that is on the disk. */
function killInPassage(
  { time, plan }: InjectPorts,
  { box, record }: Boxed,
  ms: number,
  then: () => void,
): void {
  const look = () => {
    const open = [...record.passages.values()].some(
      ({ intent, isDurable, isClosed }) => intent.verdict === 'admit' && isDurable && !isClosed,
    );
    if (!open) {
      if (time.now() < plan.faultsUntil) time.after(20, look);
      return;
    }
    time.after(ms, () => {
      if (!box.isRunning()) return;
      box.kill('in a passage');
      then();
    });
  };
  look();
}

/** Hears for seconds, and does not for seconds: also an order whose passage is over by then. */
function goDeaf({ time }: InjectPorts, fault: Fault, { box }: Boxed, chance: Prng): void {
  const end = fault.at + fault.ms;
  const turn = (deaf: boolean) => {
    const isOver = time.now() >= end;
    for (const bench of box.bus.benches) bench.deaf = deaf && !isOver;
    if (!isOver) time.after(1500 + chance.below(3000), () => turn(!deaf));
  };
  turn(true);
}

/** A copy of the card in another box, which ends with the fault: its events count as much as any. */
function clone(ports: InjectPorts, fault: Fault, { box }: Boxed): void {
  const label = `${box.label}-clone-${fault.salt % 1000}`;
  const folder = `${box.folder()}-clone-${fault.salt % 1000}`;
  copyDisk(box.folder(), folder, GATEWAY_FILES);
  ports.addBox(fault.gateway, label, folder).box.start();
}
