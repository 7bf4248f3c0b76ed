import { rmSync } from 'node:fs';

/**
 * A process of its own that outlives the demo by a moment: when the demo is gone, however it went, this ends
 * whatever the demo had started and removes its folder. Nothing else can, after a kill -9.
 */
const groups = new Set<number>();
let folder: string | undefined;

process.on('message', (message: { add?: number; remove?: number; folder?: string | null }) => {
  if (message.add !== undefined) groups.add(message.add);
  if (message.remove !== undefined) groups.delete(message.remove);
  if (message.folder !== undefined) folder = message.folder ?? undefined;
});

process.on('disconnect', () => {
  for (const group of groups) killGroup(group);
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  process.exit(0);
});

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It had ended by itself.
  }
}
