import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  type HardwareModule,
  hardwareModules,
  NoHardwareModulesError,
} from '@greengate/tools/hardware-modules';

/**
 * The real drivers' compiled parts, where this machine can run the FUSE rig; undefined, and the reason printed, where it
 * cannot. CI sets REQUIRE_ALL, and there it must.
 */
export function fuseMachine(): readonly HardwareModule[] | undefined {
  try {
    const why = whyNot();
    if (why === undefined) return hardwareModules();
    return skipped(why);
  } catch (error) {
    if (error instanceof NoHardwareModulesError) return skipped(error.message);
    throw error;
  }
}

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root, for its mount namespace';
  if (!existsSync('/dev/fuse')) return 'no /dev/fuse (modprobe fuse)';
  for (const tool of ['unshare', 'setpriv', 'mount']) {
    if (spawnSync(tool, ['--version']).status !== 0) {
      return `no ${tool} (apt-get install util-linux mount)`;
    }
  }
  const tried = spawnSync('unshare', ['-m', '-p', '--fork', 'true'], { encoding: 'utf8' });
  return tried.status === 0 ? undefined : `no namespaces here: ${tried.stderr.trim()}`;
}

function skipped(why: string): undefined {
  if (process.env['REQUIRE_ALL'] === '1') throw new Error(`the FUSE rig does not run: ${why}`);
  process.stderr.write(`SKIPPED on the FUSE rig: ${why}\n`);
  return undefined;
}
