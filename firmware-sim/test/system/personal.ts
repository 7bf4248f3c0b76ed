import type { Report } from './oracles.ts';
import type { Actor } from './world.ts';

/** S4: no name, identity number, phone or symptom of anybody where a gateway, or a log, holds it. */
export interface Canaries {
  /** Looks through what came over a boundary. `where` says which, and nothing of what it was. */
  readonly look: (where: string, bytes: Uint8Array) => void;
}

export function canaries(actors: readonly Actor[], report: Report): Canaries {
  const needles = actors
    .filter(({ bearer }) => bearer !== undefined)
    .flatMap(({ passenger: { person }, bearer }) => [
      person.name,
      person.idNumber,
      person.phone,
      bearer ?? '',
    ])
    .concat(['dryCough', 'listed-infected']);
  // One walk over the bytes for all of them. Each byte is read as a character, and so are theirs.
  const somebody = new RegExp(
    needles
      .map((text) =>
        Buffer.from(text)
          .toString('latin1')
          .replace(/[^\w\x80-\xff]/g, '\\$&'),
      )
      .join('|'),
  );
  return {
    look(where, bytes) {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (somebody.test(buffer.toString('latin1')))
        report('S4', `something personal is in ${where}`);
    },
  };
}
