/** Something that a person does or waits for: seconds, bell-shaped in their logarithm. */
export interface Part {
  readonly name: string;
  readonly medianSeconds: number;
  /** Of the logarithm: 0 is always the median. */
  readonly spread: number;
  /** How many do it at all; everybody, where it is left out. */
  readonly share?: number;
  /** Published, measured here, fitted to the study's figures, or assumed. */
  readonly source: string;
}

/** A row of equal servers, each with a queue of its own. */
export interface Stage {
  readonly name: string;
  readonly servers: number;
  /** On one's own feet and in nobody's way: walking there, taking out the phone. */
  readonly before: readonly Part[];
  /** One after the other; what is in one inner list goes on at the same time. */
  readonly service: readonly (readonly Part[])[];
  /** Some are sent to another row from here, and are through when they are done there. */
  readonly refers?: { readonly share: number; readonly to: Stage; readonly source: string };
}

export interface Layout {
  readonly name: string;
  readonly stages: readonly Stage[];
}

/** People of a peak: as many a minute, in waves as traffic lights and buses let them. */
export const ARRIVALS = {
  perMinute: 200,
  waveSeconds: 90,
  /** How far the rate swings around its mean. */
  waveShare: 0.3,
  /** Queues that somebody looks at before joining the shortest of them. */
  queuesSeen: 3,
  source: 'assumed: a large station, one side of it',
} as const;

const FITTED = 'fitted to the study';
const ASSUMED = 'assumed';

const walk = (medianSeconds: number): Part => ({
  ...{ name: 'walking', medianSeconds, spread: 0.2, source: ASSUMED },
});

const security: Stage = {
  name: 'security check',
  servers: 10,
  before: [walk(7.5)],
  service: [[{ name: 'bag and wand', medianSeconds: 3.05, spread: 0.3, source: FITTED }]],
};

const gates: Stage = {
  name: 'ticket gates',
  servers: 16,
  before: [walk(7.5)],
  service: [
    [{ name: 'card', medianSeconds: 0.5, spread: 0.3, source: 'London, HARDWARE 6' }],
    [{ name: 'walking through', medianSeconds: 1.6, spread: 0.2, source: ASSUMED }],
  ],
};

const fumbling: Part = {
  ...{ name: 'registering on the phone', medianSeconds: 46, spread: 0.5, source: FITTED },
};
const terminal: Part = {
  ...{ name: 'online terminal', medianSeconds: 1.2, spread: 0.5, source: FITTED },
};
const timeout: Part = {
  name: 'terminal timed out',
  ...{ medianSeconds: 15, spread: 0, share: 0.02 },
  source: 'default timeout of commercial terminals, HARDWARE 6; how often: assumed',
};
const handheld: Part = {
  ...{ name: 'handheld thermometer', medianSeconds: 2.05, spread: 0.3, source: FITTED },
};

const desks = (service: Stage['service']): Stage => ({
  ...{ name: 'code and temperature', servers: 8, before: [walk(5), fumbling], service },
});

/** The same eight people of staff, beside the lanes. */
const attendants: Stage = {
  name: 'attendant',
  servers: 8,
  before: [walk(4)],
  service: [[{ name: 'measuring again', medianSeconds: 12, spread: 0.4, source: ASSUMED }]],
};

const ourLanes: Stage = {
  name: 'our lanes',
  servers: 16,
  before: [walk(7.5)],
  service: [
    [
      {
        name: 'still opening the code',
        ...{ medianSeconds: 5, spread: 0.6, share: 0.15 },
        source: 'assumed: the others opened it in the queue before',
      },
    ],
    [
      {
        name: 'reading the code, 300 bytes at 9600 baud',
        ...{ medianSeconds: 0.7, spread: 0.3 },
        source: 'HARDWARE 1, and assumed for the aiming',
      },
      {
        name: 'three steady samples',
        ...{ medianSeconds: 0.75, spread: 0.2 },
        source: 'site profile: 3 samples at 4 Hz',
      },
    ],
    [
      {
        name: 'decision to order',
        ...{ medianSeconds: 0.004, spread: 0.4 },
        source: 'measured: npm run demo, p50 3.81 ms, p99 9.92 ms',
      },
    ],
    [{ name: 'walking through', medianSeconds: 1.6, spread: 0.2, source: ASSUMED }],
  ],
  refers: {
    share: 0.106,
    to: attendants,
    source: 'npm run model -- fever: healthy people held back in a hall at 24 degrees',
  },
};

/** The study: doi 10.7307/ptt.v35i5.224, one station of the Guangzhou Metro, by AnyLogic. */
export const STUDY = {
  source: 'doi 10.7307/ptt.v35i5.224',
  /** Not through the ticket gates when so many minutes have gone by since the peak began. */
  before: { five: 0.15, ten: 0.1 },
  checked: { five: 0.53, ten: 0.45 },
} as const;

export const BEFORE: Layout = { name: 'no checks', stages: [security, gates] };

export const CHECKED: Layout = {
  name: 'online terminal, handheld thermometer',
  stages: [desks([[terminal], [timeout], [handheld]]), security, gates],
};

const AUTOMATIC: Layout = {
  name: 'online terminal, automatic thermometer',
  stages: [desks([[terminal], [timeout]]), security, gates],
};

export const OURS: Layout = { name: 'our lanes', stages: [security, ourLanes] };

export const LAYOUTS: readonly Layout[] = [BEFORE, CHECKED, AUTOMATIC, OURS];
