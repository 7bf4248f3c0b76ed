/** The colour of a status. `pending` is the black-and-white code of an application in review (DOMAIN 2). */
export type Colour = 'pending' | 'green' | 'yellow' | 'red';

/** In the order of their two-bit number on the wire. */
export const COLOURS = ['pending', 'green', 'yellow', 'red'] as const;

/** How a code is carried. Only a `phone` code proves its holder; a `paper` one needs the identity check. */
export type CodeKind = 'phone' | 'paper' | 'dependent' | 'converted';

export const CODE_KINDS = ['phone', 'paper', 'dependent', 'converted'] as const;
