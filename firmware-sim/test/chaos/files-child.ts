import { createPrng } from '../../dist/prng.js';
import { drawCase, layOut, tryCase } from './file-case.ts';
import { live } from './file-life.ts';

// files-child.js ORIGIN BEFORE FOLDER SEED FROM TO|again: tries cases FROM to TO, or FROM once more on the files as they lie
// there now. One line a case is begun, one when it is done; a case that kills this process has the first line only.

const [origin = '', before = '', folder = '', ...rest] = process.argv.slice(2);
const [seed = 0, from = 0] = rest.slice(0, 2).map(Number);
const again = rest[2] === 'again';
const to = again ? from + 1 : Number(rest[2]);

const say = (line: unknown) => void process.stdout.write(`${JSON.stringify(line)}\n`);
// The same life as the one whose files lie there: what was committed follows from the seed.
const life = await live(`${folder}-life`, `${folder}-life-before`, createPrng(seed).fork('life'));
for (let at = from; at < to; at++) {
  const damages = again ? drawCase(seed, at).damages : layOut(folder, origin, before, seed, at);
  say({ begun: at, damages });
  try {
    say({ done: at, result: await tryCase(folder, life, damages, at) });
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    say({ done: at, threw: why.split('\n').slice(0, 6).join(' | ') });
  }
}
