import type { Force } from '../pack-port.ts';

/** What each stage of a rollout reaches, in 256ths of all holders: about one in a hundred, one in ten, all. */
export const STAGE_SHARES = [3, 26, 256] as const;

/** The id before which all holders are that a share, in 256ths, reaches: their ids are random hex. */
export function shareBound(share: number): string {
  return share >= 256 ? PAST_EVERY_ID : share.toString(16).padStart(2, '0');
}

const PAST_EVERY_ID = '~';

/** The number of the edition that a holder is scored with. */
export function editionFor({ base, next, share }: Force, holder: string): number {
  return next !== undefined && holder < shareBound(share) ? next : base;
}
