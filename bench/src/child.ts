import { type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';

/** A process of a bench that is talked to by messages. */
export interface Child<To, From extends { readonly kind: string }> {
  readonly pid: number;
  tell(message: To): void;
  /** The next message of a kind; rejects when the process ends first. */
  hear<K extends From['kind']>(kind: K): Promise<Extract<From, { kind: K }>>;
  stop(): Promise<void>;
}

/** `entry` is a built module. */
export function startChild<To extends object, From extends { readonly kind: string }>(
  entry: URL,
  args: readonly string[] = [],
  options: Pick<ForkOptions, 'execArgv' | 'env'> = {},
): Child<To, From> {
  const child = fork(entry, args, options);
  const gone = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    tell: (message) => void child.send(message),
    hear: (kind) =>
      new Promise((done, fail) => {
        const listen = (message: From) => {
          if (message.kind !== kind) return;
          child.off('message', listen);
          done(message as Extract<From, { kind: typeof kind }>);
        };
        child.on('message', listen);
        gone.then(
          () => fail(new Error(`${entry.pathname} ended`)),
          () => undefined,
        );
      }),
    stop: async () => {
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}
