import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { segmentBytesMax } from '@greengate/contracts/limits';
import type { StreamName } from '@greengate/contracts/replica/streams';
import type { PartStore } from '../ports.ts';

// The file begins with the segment's hash, 64 hex digits.
const HASH_CHARS = 64;

/**
 * One file a stream in the data folder. It is written beside the lanes, one piece after the other, and nothing waits for
 * it: a disk that is full or slow costs what it would have saved.
 */
export function createPartStore(dataDir: string): PartStore {
  const writes = new Map<StreamName, Promise<void>>();
  const begun = new Map<StreamName, string>();
  const fileOf = (stream: StreamName) => join(dataDir, `part-${stream.replace('/', '-')}`);
  const afterwards = (stream: StreamName, work: () => Promise<void>): Promise<void> => {
    const done = (writes.get(stream) ?? Promise.resolve()).then(work).catch(() => {
      begun.delete(stream);
    });
    writes.set(stream, done);
    return done;
  };
  return {
    async held(stream, hash) {
      await writes.get(stream);
      const file = await readFile(fileOf(stream)).catch(() => Buffer.alloc(0));
      const whole = file.length > HASH_CHARS && file.length <= HASH_CHARS + segmentBytesMax;
      if (!whole || file.toString('latin1', 0, HASH_CHARS) !== hash) return new Uint8Array(0);
      begun.set(stream, hash);
      return file.subarray(HASH_CHARS);
    },
    append(stream, hash, chunk) {
      void afterwards(stream, async () => {
        if (begun.get(stream) === hash) return appendFile(fileOf(stream), chunk);
        begun.set(stream, hash);
        return writeFile(fileOf(stream), Buffer.concat([Buffer.from(hash), chunk]), {
          mode: 0o600,
        });
      });
    },
    drop: (stream) =>
      afterwards(stream, async () => {
        begun.delete(stream);
        await rm(fileOf(stream), { force: true });
      }),
  };
}
