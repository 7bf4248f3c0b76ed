import type { UnitId } from '@greengate/contracts/ids';
import type { ScoringPack } from '@greengate/contracts/rules/pack';
import { reportOf } from '@greengate/contracts/rules/report';
import type { Publication, Scored, Status } from '../ports.ts';

/**
 * Whether a verdict is news for the gates. Where a colour stays what it is, its date says nothing, so a
 * lapsed holder who is scored again costs no traffic. The red stream hears of whoever is or was red.
 */
export function publicationOf(scored: Scored, held: Status | undefined): Publication {
  const { status } = scored;
  const changed = held === undefined || !sameFuture(status, held);
  const red = isRed(status) || (changed && held !== undefined && isRed(held));
  const news = changed || !sameGrounds(status, held);
  return { ...scored, changed, red, news };
}

/** Says who is told by `pack` where the holder turns red, whatever asks for it: a rule, or two people by hand. */
export function reported(
  publication: Publication,
  held: Status | undefined,
  pack: ScoringPack,
  unit?: UnitId,
): Publication {
  const { status } = publication;
  if (!turnsRed(status, held)) return publication;
  const asking = status.matched.filter(({ asks }) => asks === 'red').map(({ rule }) => rule);
  return { ...publication, report: reportOf(pack, asking), ...(unit && { unit }) };
}

/** A red that stands already turns nobody red; one whose time was over does. */
function turnsRed({ colour, scoredAt }: Status, held: Status | undefined): boolean {
  if (colour !== 'red') return false;
  if (held?.colour !== 'red') return true;
  return scoredAt >= held.validUntil && held.nextColour !== 'red';
}

type Future = Pick<Status, 'colour' | 'nextColour' | 'validUntil'>;

function sameFuture(a: Future, b: Future): boolean {
  if (a.colour !== b.colour || a.nextColour !== b.nextColour) return false;
  return a.colour === a.nextColour || a.validUntil === b.validUntil;
}

/** A new version of a pack that comes to the same verdict by the same rules is no other grounds. */
function sameGrounds(a: Status, b: Status): boolean {
  return (
    a.inputsHash === b.inputsHash &&
    a.pack.id === b.pack.id &&
    a.validUntil === b.validUntil &&
    a.matched.length === b.matched.length &&
    a.matched.every(({ rule }, i) => rule === b.matched[i]?.rule)
  );
}

function isRed({ colour, nextColour }: Future): boolean {
  return colour === 'red' || nextColour === 'red';
}
