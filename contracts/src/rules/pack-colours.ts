import { z } from 'zod';
import { COLOURS, type Colour } from '../code/colour.ts';
import { packColoursCountMax } from './limits.ts';
import { label, text } from './pack-words.ts';

const bySeverity: readonly Colour[] = ['green', 'pending', 'yellow', 'red'];

/** Rank of a colour of the wire: red > yellow > pending > green. */
export function severityOf(colour: Colour): number {
  return bySeverity.indexOf(colour);
}

/** The worse of two colours of the wire. */
export function moreSevere(a: Colour, b: Colour): Colour {
  return severityOf(a) >= severityOf(b) ? a : b;
}

/** One colour of a scheme, and what a gateway is told of it: the wire has two bits and four colours. */
const packColourSchema = z.strictObject({
  id: label,
  wire: z.enum(COLOURS),
  zh: text,
  en: text,
});
export type PackColour = z.infer<typeof packColourSchema>;

/** A scheme's colours, the best first: the order is their severity. */
export const packColoursSchema = z
  .array(packColourSchema)
  .min(1)
  .max(packColoursCountMax)
  .superRefine((colours, context) => {
    for (const index of bettered(colours)) {
      context.addIssue({
        code: 'custom',
        message: 'the colour on the wire would be better than the scheme says',
        path: [index, 'wire'],
        params: { lint: 'colour-bettered' },
      });
    }
  });

/** The colours of the wire as a scheme of their own. */
export const WIRE_SCHEME: readonly PackColour[] = [
  { id: 'green', wire: 'green', zh: '绿码', en: 'green' },
  { id: 'pending', wire: 'pending', zh: '审核中', en: 'in review' },
  { id: 'yellow', wire: 'yellow', zh: '黄码', en: 'yellow' },
  { id: 'red', wire: 'red', zh: '红码', en: 'red' },
];

/**
 * Indices of the colours that the wire would make better (DOMAIN 3: a conversion never does). A colour that
 * has the wire's own name is at least that; any other is rounded up to the next such colour above it, and to
 * red where there is none; and a worse colour is never better on the wire than a lesser one.
 */
export function bettered(colours: readonly PackColour[]): readonly number[] {
  return colours.flatMap((colour, index) => {
    const least = Math.max(
      floorOf(colours, index),
      severityOf(colours[index - 1]?.wire ?? 'green'),
    );
    return severityOf(colour.wire) < least ? [index] : [];
  });
}

function floorOf(colours: readonly PackColour[], index: number): number {
  const names: readonly string[] = bySeverity;
  const named = colours.slice(index).map(({ id }) => names.indexOf(id));
  return named.find((rank) => rank >= 0) ?? severityOf('red');
}
