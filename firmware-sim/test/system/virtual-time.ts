/** Time that moves only from one timer to the next; between two of them everything that can go on has gone on. */
export interface VirtualTime {
  /** Milliseconds since the run began. */
  now(): number;
  /** Runs `work` after `ms`, unless its owner has died by then. The result cancels. */
  after(ms: number, work: () => void, owner?: Owner): () => void;
  /** Lets time pass up to `until`, at most `turns` timers of it. */
  runUntil(until: number): Promise<void>;
  /** Calls `work` each time when all has gone on that could, until it answers true. */
  afterEach(work: () => boolean): void;
  /** Lets every promise that can go on do so, without a millisecond passing. */
  settle(): Promise<void>;
}

/** A process that may be killed: its timers die with it. */
export interface Owner {
  alive: boolean;
}

interface Timer {
  readonly at: number;
  readonly n: number;
  readonly work: () => void;
  readonly owner: Owner | undefined;
  cancelled: boolean;
}

export function virtualTime(): VirtualTime {
  const heap: Timer[] = [];
  const loop = watchedLoop();
  let elapsed = 0;
  let count = 0;
  let watching: (() => boolean)[] = [];
  return {
    now: () => elapsed,
    after(ms, work, owner) {
      count += 1;
      const at = elapsed + Math.max(0, ms);
      const timer: Timer = { at, n: count, work, owner, cancelled: false };
      push(heap, timer);
      return () => {
        timer.cancelled = true;
      };
    },
    async runUntil(until) {
      await loop.settle();
      for (let next = heap[0]; next && next.at <= until; next = heap[0]) {
        pop(heap);
        if (next.cancelled || next.owner?.alive === false) continue;
        elapsed = Math.max(elapsed, next.at);
        next.work();
        await loop.settle();
        if (watching.length > 0) watching = watching.filter((work) => !work());
      }
      elapsed = Math.max(elapsed, until);
    },
    afterEach: (work) => void watching.push(work),
    settle: loop.settle,
  };
}

/**
 * The cloud's group commit gathers a turn of the event loop by `setImmediate`, and nothing else in the process waits
 * for more than a promise. So all has gone on when no call to it is open: that is what is counted here.
 */
function watchedLoop(): { settle(): Promise<void> } {
  const counted = globalThis.setImmediate as typeof setImmediate & { open?: () => number };
  const turn = original ?? counted;
  if (!original) {
    original = counted;
    const wrapped = (work: (...args: unknown[]) => void, ...args: unknown[]) => {
      open += 1;
      return turn(() => {
        open -= 1;
        work(...args);
      });
    };
    globalThis.setImmediate = wrapped as unknown as typeof setImmediate;
  }
  return {
    async settle() {
      do await new Promise<void>((done) => void turn(done));
      while (open > 0);
    },
  };
}

let original: typeof setImmediate | undefined;
let open = 0;

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.n < b.n);
}

function push(heap: Timer[], timer: Timer): void {
  let i = heap.length;
  heap.push(timer);
  while (i > 0) {
    const up = (i - 1) >> 1;
    const parent = heap[up];
    if (!parent || isBefore(parent, timer)) break;
    heap[i] = parent;
    i = up;
  }
  heap[i] = timer;
}

function pop(heap: Timer[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    const [left, right] = [heap[child], heap[child + 1]];
    if (!left) break;
    if (right && isBefore(right, left)) child += 1;
    const least = heap[child];
    if (!least || isBefore(last, least)) break;
    heap[i] = least;
    i = child;
  }
  heap[i] = last;
}
