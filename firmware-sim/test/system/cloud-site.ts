import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { EpochMs } from '@greengate/contracts/time';
import type { Log } from '../../../cloud/dist/ports.js';
import type { Prng } from '../../dist/prng.js';
import {
  CLOUD_FILES,
  type CloudLife,
  type CloudPatch,
  cloudTime,
  copyDisk,
  STAFF,
  startCloud,
} from './cloud-node.ts';
import { tear } from './disk.ts';
import type { Trace } from './trace.ts';
import type { Truth } from './truth.ts';
import type { VirtualTime } from './virtual-time.ts';
import { digest, type FirstDay } from './world.ts';

/** The machine of the cloud: lives that follow each other on one disk, and copies of it. */
export interface CloudSite {
  /** The process that runs now; undefined while none does. */
  life(): CloudLife | undefined;
  /** As staff or a holder; undefined while the cloud is down or where it refuses. */
  call(token: string, method: string, path: string, body: unknown): Promise<unknown>;
  kill(): Promise<void>;
  /** Nothing, where it runs already. */
  start(): Promise<void>;
  /** Dies in its next commit, which is torn. */
  losePower(prng: Prng, then: () => void): void;
  /** Whether its disk takes nothing more. */
  setFull(full: boolean): void;
  /** Copies the disk as it is. */
  backUp(): void;
  /** Starts from the copy, in place of what there is. */
  restore(): Promise<void>;
  /** What a compromised cloud says to a gateway instead of the truth. */
  instead(gateway: string, path: string): Uint8Array | undefined;
  /** The next answers on a path that holds `part` are these. */
  sayInstead(gateway: string, part: string, bytes: Uint8Array): void;
  readonly restored: () => number;
  close(): Promise<void>;
}

export interface SitePorts {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly truth: Truth;
  readonly log: Log;
  readonly prng: Prng;
  readonly folder: string;
  readonly firstDay: FirstDay;
  readonly patch: CloudPatch;
}

export const OPERATOR = STAFF[0].token;

export async function cloudSite(ports: SitePorts): Promise<CloudSite> {
  const { time, trace, truth, log, folder, prng, firstDay } = ports;
  const site = {
    generation: 0,
    backups: 0,
    restored: 0,
    disk: join(folder, 'cloud'),
    isStarting: false,
    isFull: false,
  };
  let life: CloudLife | undefined;
  let restoredAt: EpochMs | undefined;
  const lies: { gateway: string; part: string; bytes: Uint8Array }[] = [];
  copyDisk(firstDay.folder, site.disk, CLOUD_FILES);

  const start = async () => {
    if (life || site.isStarting) return;
    site.isStarting = true;
    const chance = prng.fork(`life ${site.generation}`);
    life = await startCloud(site.disk, {
      time,
      prng: chance,
      log,
      digest,
      patch: ports.patch,
      restoredAt,
      isFull: () => site.isFull,
    });
    site.isStarting = false;
    trace.note('cloud', 'start', site.generation);
  };
  const moveDisk = (dying: CloudLife) => {
    site.generation += 1;
    site.disk = join(folder, `cloud-${site.generation}`);
    copyDisk(dying.folder, site.disk, CLOUD_FILES);
    time.after(0, () => void dying.close().catch(() => undefined));
  };
  const kill = async (): Promise<void> => {
    const dying = life;
    if (!dying) return;
    life = undefined;
    dying.kill();
    trace.note('cloud', 'kill');
    await truth.read(dying.store);
    moveDisk(dying);
  };

  await start();
  return {
    life: () => life,
    async call(token, method, path, body) {
      const response = await life?.fetch(new URL(`http://cloud${path}`), {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      trace.note('call', method, path, response?.status ?? 0);
      return response?.status === 200 ? response.json() : undefined;
    },
    kill,
    start,
    losePower(chance, then) {
      const dying = life;
      if (!dying) return;
      const wal = join(dying.folder, 'cloud.db-wal');
      let before = bytesOf(wal);
      // Whoever asked is answered after a moment at least: of what came to the disk since, nobody has heard.
      time.afterEach(() => {
        if (life !== dying) return true;
        const now = bytesOf(wal);
        const from = before;
        before = now;
        if (now <= from) return false;
        life = undefined;
        dying.kill();
        trace.note('cloud', 'power loss');
        moveDisk(dying);
        tear(site.disk, 'cloud.db', from, chance);
        then();
        return true;
      });
    },
    setFull(full) {
      site.isFull = full;
    },
    backUp() {
      if (!life) return;
      copyDisk(life.folder, join(folder, 'backup'), CLOUD_FILES);
      site.backups += 1;
      trace.note('cloud', 'backup');
    },
    async restore() {
      if (site.backups === 0) return;
      await kill();
      site.disk = join(folder, `cloud-${site.generation}-restored`);
      copyDisk(join(folder, 'backup'), site.disk, CLOUD_FILES);
      site.restored += 1;
      restoredAt = cloudTime(time);
      trace.note('cloud', 'restore');
      await start();
    },
    instead(gateway, path) {
      const at = lies.findIndex((lie) => lie.gateway === gateway && path.includes(lie.part));
      return at < 0 ? undefined : lies.splice(at, 1)[0]?.bytes;
    },
    sayInstead: (gateway, part, bytes) => void lies.push({ gateway, part, bytes }),
    restored: () => site.restored,
    close: async () => {
      const last = life;
      life = undefined;
      last?.kill();
      await last?.close();
    },
  };
}

function bytesOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}
