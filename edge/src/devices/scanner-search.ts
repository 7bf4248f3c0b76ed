import type { Clock, Timers } from '../ports.ts';
import type { OpenByteLine } from './byte-line.ts';
import type { ScanFormat, ScanFrame } from './scan-demux.ts';
import type { ScannerDialect } from './scanner-dialect.ts';
import { SCANNER_DIALECTS } from './scanner-dialects.ts';
import { ScannerSession } from './scanner-session.ts';

export interface Search {
  readonly open: OpenByteLine;
  readonly dialect: 'auto' | ScannerDialect['name'];
  readonly baudRate: number;
  readonly format: Omit<ScanFormat, 'replies'>;
  /** Whoever answered last on this line. */
  readonly known: { readonly dialect: ScannerDialect; readonly baudRate: number } | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
  onSession(session: ScannerSession): void;
  onFrame(frame: ScanFrame): void;
}

export interface Found {
  readonly session: ScannerSession;
  readonly dialect: ScannerDialect;
  readonly hasAnswered: boolean;
}

/** Speeds at which a scanner is looked for, after the one it had and the one it should have (HARDWARE 1). */
const BAUD_RATES = [9600, 115_200, 57_600, 38_400];
const ANSWERING = [SCANNER_DIALECTS.gm65, SCANNER_DIALECTS.mt1, SCANNER_DIALECTS.ssi];

/**
 * Asks at each speed in each dialect who is there. Nobody: the line at the configured speed, for a scanner that only sends.
 * Rejects where the line cannot be opened, or goes while it is asked.
 */
export async function findScanner(search: Search): Promise<Found> {
  const { known, baudRate } = search;
  const asked = dialectsOf(search);
  const rates = asked.length === 0 ? [] : [known?.baudRate ?? baudRate, baudRate, ...BAUD_RATES];
  for (const rate of new Set(rates)) {
    const session = await open(search, rate, asked);
    for (const dialect of asked) {
      const { whoIsThere } = dialect;
      if (whoIsThere !== undefined && (await session.ask(whoIsThere))) {
        return { session, dialect, hasAnswered: true };
      }
      if (session.goneWhy !== undefined) throw new Error(session.goneWhy);
    }
    await session.close();
  }
  const mute = search.dialect === 'auto' ? SCANNER_DIALECTS.line : SCANNER_DIALECTS[search.dialect];
  const session = await open(search, known?.baudRate ?? baudRate, asked);
  return { session, dialect: mute, hasAnswered: false };
}

/** Whoever answered last is asked first. */
function dialectsOf({ dialect, known }: Search): ScannerDialect[] {
  if (dialect !== 'auto') {
    const one = SCANNER_DIALECTS[dialect];
    return one.whoIsThere === undefined ? [] : [one];
  }
  return [...new Set([...(known === undefined ? [] : [known.dialect]), ...ANSWERING])];
}

async function open(
  search: Search,
  baudRate: number,
  asked: readonly ScannerDialect[],
): Promise<ScannerSession> {
  const format = { ...search.format, replies: asked.flatMap(({ replies }) => replies) };
  const session = await ScannerSession.open(search.open, baudRate, format, search);
  if (session.goneWhy !== undefined) throw new Error(session.goneWhy);
  return session;
}
