import type { ChildProcess } from 'node:child_process';
import type { DrivenCalls, DrivenMessage } from './driven.ts';

export type DrivenChange = Extract<DrivenMessage, { change: unknown }>['change'];

export type DrivenEvent = Extract<DrivenMessage, { event: unknown }>['event'];

/** Asks the program that the rig drives. Every call fails once the program is gone. */
export class DrivenClient {
  readonly changes: DrivenChange[] = [];
  readonly events: DrivenEvent[] = [];
  onEvent: (event: DrivenEvent) => void = () => {};
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { done(value: unknown): void; fail(error: Error): void }>();
  #lastId = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message) => this.#take(message as DrivenMessage));
    child.once('close', () => {
      for (const { fail } of this.#waiting.values()) fail(new Error('the program is gone'));
      this.#waiting.clear();
    });
  }

  call<Name extends keyof DrivenCalls>(
    name: Name,
    ...args: Parameters<DrivenCalls[Name]>
  ): Promise<Awaited<ReturnType<DrivenCalls[Name]>>> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((done, fail) => {
      this.#waiting.set(id, { done: done as (value: unknown) => void, fail });
      this.#child.send({ id, name, args }, (error) => error && this.#drop(id)?.fail(error));
    });
  }

  #take(message: DrivenMessage): void {
    if ('change' in message) {
      this.changes.push(message.change);
      return;
    }
    if ('event' in message) {
      this.events.push(message.event);
      this.onEvent(message.event);
      return;
    }
    const waiting = this.#drop(message.id);
    if ('error' in message) waiting?.fail(new Error(message.error));
    else waiting?.done(message.value);
  }

  #drop(id: number) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
