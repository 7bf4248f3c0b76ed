import type { Colour } from '@greengate/contracts/code/colour';
import { REASONS } from '@greengate/contracts/refusals';
import { moreSevere, severityOf } from '@greengate/contracts/rules/pack-colours';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { OVERRIDE_REASONS } from '@greengate/contracts/wire/override';
import type { Evidence } from './evidence-port.ts';
import type { Application, StandingOverride } from './issuing-port.ts';
import type { MatchedRule, Scored, Status } from './ports.ts';

/** What the rules say of a holder, and how far down nothing may be lifted. */
export interface Ruled extends Omit<Scored, 'overlaid'> {
  /** The most severe colour that a hard line, or the code's own lapse, asks for now; green where none does. */
  readonly floor: Colour;
}

/** What lies over the rules' verdict: what two people set by hand, and whether an application is in review. */
export interface Overlay {
  readonly overrides: readonly StandingOverride[];
  readonly heldBack: boolean;
}

/** What of the evidence lies over the rules at an instant. `needed`: a code must be applied for. */
export function overlayOf(
  { overrides, application }: Pick<Evidence, 'overrides' | 'application'>,
  needed: boolean,
  now: EpochMs,
): Overlay {
  return {
    overrides: overrides.filter(({ expiresAt }) => now < expiresAt),
    heldBack: isHeldBack(application, needed),
  };
}

/** The verdict that a holder has: that of the rules with the overlay on it. Pure. */
export function laidOver({ floor, ...ruled }: Ruled, overlay: Overlay, now: EpochMs): Scored {
  const { overrides, heldBack } = overlay;
  if (overrides.length === 0 && !heldBack) return { ...ruled, overlaid: '' };
  const shown = overlayStatus(ruled.status, floor, overlay, now);
  return { ...ruled, status: { ...ruled.status, ...shown }, overlaid: JSON.stringify(overlay) };
}

/**
 * Lays overrides and the review over a ruled status. Pure.
 *
 * One that worsens asks for its colour until it expires; the most severe wins. One that lifts is never better
 * than the floor, and reaches no further than the rules have looked ahead. An application in review makes a
 * green black-and-white, now and at every later instant: it never admits.
 */
function overlayStatus(
  status: Status,
  floor: Colour,
  { overrides, heldBack }: Overlay,
  now: EpochMs,
): Pick<Status, 'colour' | 'nextColour' | 'validUntil' | 'rescoreAt' | 'matched'> {
  const standing = overrides.filter(({ expiresAt }) => now < expiresAt);
  const ruled = { ...status, floor };
  const colourAt = (at: number): Colour => colourOf(ruled, standing, heldBack, at);
  const edges = [ruled.validUntil, ...standing.map(({ expiresAt }) => wholeSecond(expiresAt))]
    .filter((at) => at > now)
    .sort((a, b) => a - b);
  const colour = colourAt(now);
  const validUntil = edges.find((at) => colourAt(at) !== colour) ?? ruled.validUntil;
  return {
    colour,
    nextColour: colourAt(validUntil),
    validUntil: epochMs(validUntil),
    rescoreAt: epochMs(Math.min(ruled.rescoreAt, ...edges)),
    matched: [...reasonsOf(standing, heldBack, colour), ...ruled.matched],
  };
}

/**
 * Whether an application keeps its holder from green. `latest` is the newest that was not withdrawn. Where a
 * code must be applied for (`required`), having none keeps from it too; elsewhere a declaration is enough.
 */
function isHeldBack(latest: Pick<Application, 'state'> | undefined, required: boolean): boolean {
  if (latest === undefined) return required;
  return !['issued', 'auto-issued', 'withdrawn'].includes(latest.state);
}

function colourOf(
  ruled: Status & { readonly floor: Colour },
  standing: readonly StandingOverride[],
  heldBack: boolean,
  at: number,
): Colour {
  const looked = at < ruled.validUntil;
  let colour = looked ? ruled.colour : ruled.nextColour;
  const now = standing.filter(({ expiresAt }) => at < wholeSecond(expiresAt));
  const lifts = now.filter((one) => isLift(one)).map((one) => one.colour);
  if (looked && lifts.length > 0) {
    const best = lifts.reduce(moreSevere, ruled.floor);
    if (severityOf(best) < severityOf(colour)) colour = best;
  }
  for (const one of now) if (!isLift(one)) colour = moreSevere(one.colour, colour);
  return heldBack ? moreSevere('pending', colour) : colour;
}

function isLift({ reason }: StandingOverride): boolean {
  return OVERRIDE_REASONS[reason].effect === 'lifts';
}

// Entries of the streams carry whole seconds; rounded up, as a rule's own are.
function wholeSecond(at: EpochMs): EpochMs {
  return epochMs(Math.ceil(at / 1000) * 1000);
}

function reasonsOf(
  standing: readonly StandingOverride[],
  heldBack: boolean,
  colour: Colour,
): MatchedRule[] {
  const byHand = standing
    .toSorted((a, b) => severityOf(b.colour) - severityOf(a.colour))
    .map(({ id, colour: asks, reason, expiresAt }): MatchedRule => {
      const { zh, en } = OVERRIDE_REASONS[reason];
      const values = { override: id, until: new Date(expiresAt).toISOString() };
      return { rule: `set-by-hand:${id}`, asks, reason, zh, en, values };
    });
  if (!heldBack || colour !== 'pending') return byHand;
  const { zh, en } = REASONS['status-pending'];
  return [
    {
      ...{ rule: 'application', asks: 'pending', reason: 'status-pending', zh, en },
      values: { state: 'in-review' },
    },
    ...byHand,
  ];
}
