/** `node tools/dist/complete-lockfile.js`, after `npm install` from a mirror that lacks other platforms' binaries. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { absentFrom, completed, type Lockfile } from './lockfile.ts';

const file = resolve(import.meta.dirname, '../../package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8')) as Lockfile;
const absent = absentFrom(lock);

if (absent.length > 0) writeFileSync(file, `${JSON.stringify(completed(lock), null, 2)}\n`);
console.log(`${absent.length} entries added`);
