#!/usr/bin/env node
import { existsSync } from 'node:fs';

const cli = new URL('../dist/cli.js', import.meta.url);
if (existsSync(cli)) {
  await import(cli.href);
} else {
  process.stderr.write('greengate is not built yet. Run `npm run build` at the root first.\n');
  process.exitCode = 1;
}
