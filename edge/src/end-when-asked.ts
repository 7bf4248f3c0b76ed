import { stopMsMax } from './limits.ts';
import type { Log, Timers } from './ports.ts';

/**
 * Hears SIGTERM and SIGINT. `asked` runs at once; `by` says how to end what has been started since, and before that there is
 * nothing to end. An end that takes longer than `stopMsMax` is cut short.
 */
export function endWhenAsked(
  { log, timers }: { readonly log: Log; readonly timers: Timers },
  asked: () => void,
): { by(stop: () => Promise<void>): void } {
  let stop: () => Promise<void> = () => Promise.resolve();
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    log.info('stopping');
    asked();
    timers.after(stopMsMax, () => process.exit(1));
    stop().then(
      () => {
        log.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        log.error('stop-failed', { why: String(error) });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  return {
    by(how) {
      stop = how;
    },
  };
}
