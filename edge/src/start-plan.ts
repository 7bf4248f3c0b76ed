import { z } from 'zod';
import {
  crashesForSafeModeCount,
  crashWindowMs,
  safeModeMsMax,
  safeModeMsMin,
  safeStartsCountMax,
} from './limits.ts';

const uptimeMs = z.number().nonnegative();

export const startRecordSchema = z.strictObject({
  /** Of the machine. What was before it says nothing of the program: a power cut is no crash. */
  boot: z.string().max(64),
  /** How far the last start came: it opened its files, it decided, or it ended as it was asked to. */
  phase: z.enum(['opening', 'deciding', 'ended']),
  /** When starts found that the one before them had not ended as asked; uptime of the machine. */
  crashes: z.array(uptimeMs).max(crashesForSafeModeCount).readonly(),
  /** Starts in safe mode in a row; 0 outside of it. */
  safeStarts: z.int().nonnegative().max(safeStartsCountMax),
});

/** What a start leaves for the next one to know. */
export type StartRecord = z.infer<typeof startRecordSchema>;

/** What a start is to do, by how those before it ended. */
export interface StartPlan {
  readonly record: StartRecord;
  /** Only what is needed to decide, until `holdBackMs` have passed. */
  readonly safe: boolean;
  /** How long the rest is held back. */
  readonly holdBackMs: number;
  /** A file may kill whoever opens it: it is to be tried in another process first. */
  readonly suspectFiles: boolean;
}

/** `last`: undefined where there is none, or none that can be read. */
export function planStart(
  last: StartRecord | undefined,
  now: { readonly boot: string; readonly uptimeMs: number },
): StartPlan {
  const diedOpening = last?.phase === 'opening';
  const sameBoot = last?.boot === now.boot;
  const crashed = sameBoot && last.phase !== 'ended';
  const crashes = crashed
    ? [...last.crashes.filter((at) => now.uptimeMs - at < crashWindowMs), now.uptimeMs].slice(
        -crashesForSafeModeCount,
      )
    : [];
  const safe = crashed && (last.safeStarts > 0 || crashes.length >= crashesForSafeModeCount);
  const safeStarts = safe ? Math.min(last.safeStarts + 1, safeStartsCountMax) : 0;
  return {
    record: { boot: now.boot, phase: 'opening', crashes, safeStarts },
    safe,
    holdBackMs: safe ? Math.min(safeModeMsMin * 2 ** (safeStarts - 1), safeModeMsMax) : 0,
    suspectFiles: diedOpening || safe,
  };
}
