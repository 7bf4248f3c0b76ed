import { scannerAnswerMs, settingTriesCountMax } from './limits.ts';
import type {
  ScannerCommand,
  ScannerDialect,
  ScannerNeeds,
  ScannerSetting,
} from './scanner-dialect.ts';
import type { ScannerReply } from './scanner-reply.ts';
import type { ScannerSession } from './scanner-session.ts';

/** What came of setting a scanner up. */
export interface Provisioned {
  /** Names of settings that were not as needed. */
  readonly changed: readonly string[];
  /** The first setting that did not take: refused, or read back as something else. */
  readonly refused: string | undefined;
  /** It stopped answering. */
  readonly isSilent: boolean;
}

/**
 * Reads each setting that a lane needs, writes what is otherwise, reads it back, and keeps it over a loss of power once all
 * have taken. A dialect that cannot be read is written each time, and its acknowledgement counts.
 */
export async function provision(
  session: Pick<ScannerSession, 'ask' | 'sleep'>,
  dialect: ScannerDialect,
  needs: ScannerNeeds,
): Promise<Provisioned> {
  const changed: string[] = [];
  for (const setting of dialect.settings(needs)) {
    const outcome = await settle(session, setting);
    if (outcome === 'changed') changed.push(setting.name);
    if (outcome === 'silent') return { changed, refused: undefined, isSilent: true };
    if (outcome === 'refused') return { changed, refused: setting.name, isSilent: false };
  }
  if (changed.length === 0 || dialect.save === undefined) {
    return { changed, refused: undefined, isSilent: false };
  }
  for (let left = settingTriesCountMax; left > 0; left--) {
    if (await session.ask(dialect.save)) return { changed, refused: undefined, isSilent: false };
  }
  return { changed, refused: 'save', isSilent: false };
}

type Outcome = 'taken' | 'changed' | 'refused' | 'silent';

async function settle(
  session: Pick<ScannerSession, 'ask' | 'sleep'>,
  setting: ScannerSetting,
): Promise<Outcome> {
  const { read } = setting;
  if (read === undefined) return settleUnread(session, setting);
  let hasAnswered = false;
  let hasWritten = false;
  for (let left = settingTriesCountMax; left >= 0; left--) {
    const now = await patiently(session, read);
    // Nobody knows what else stands there: it is not written over.
    if (now === undefined) continue;
    if (setting.isTaken(now.data)) return hasWritten ? 'changed' : 'taken';
    hasAnswered = true;
    hasWritten = true;
    await patiently(session, setting.write(now.data));
  }
  return hasAnswered ? 'refused' : 'silent';
}

async function settleUnread(
  session: Pick<ScannerSession, 'ask' | 'sleep'>,
  setting: ScannerSetting,
): Promise<Outcome> {
  for (let left = settingTriesCountMax; left > 0; left--) {
    if (await patiently(session, setting.write(new Uint8Array()))) return 'changed';
  }
  return 'refused';
}

/** An answer that is late must not pass for that of the next command. */
async function patiently(
  session: Pick<ScannerSession, 'ask' | 'sleep'>,
  command: ScannerCommand,
): Promise<ScannerReply | undefined> {
  const reply = await session.ask(command);
  if (reply === undefined) await session.sleep(scannerAnswerMs);
  return reply;
}
