import type { Publication, Status } from '../ports.ts';

/**
 * Whether a new status is news for the gates. Where a colour stays what it is, its date says nothing, so a
 * lapsed holder who is scored again costs no traffic. The red stream hears of whoever is or was red.
 */
export function publicationOf(status: Status, held: Status | undefined): Publication {
  const changed = held === undefined || !sameFuture(status, held);
  const red = isRed(status) || (changed && held !== undefined && isRed(held));
  return { status, changed, red };
}

type Future = Pick<Status, 'colour' | 'nextColour' | 'validUntil'>;

function sameFuture(a: Future, b: Future): boolean {
  if (a.colour !== b.colour || a.nextColour !== b.nextColour) return false;
  return a.colour === a.nextColour || a.validUntil === b.validUntil;
}

function isRed({ colour, nextColour }: Future): boolean {
  return colour === 'red' || nextColour === 'red';
}
