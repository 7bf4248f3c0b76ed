import Table from 'cli-table3';
import { createLogUpdate } from 'log-update';
import type { PassageReport } from '../messages.ts';
import type { GatewayStatus } from './gateway-status.ts';

/** Everything that the board shows. */
export interface BoardView {
  readonly seed: number;
  readonly elapsedMs: number;
  readonly cloudUp: boolean;
  readonly gatewayUp: boolean;
  readonly lanes: readonly { readonly lane: string; readonly scanner: string }[];
  readonly passages: readonly PassageReport[];
  readonly status: GatewayStatus | undefined;
  readonly footer: string;
}

export interface Board {
  show(view: BoardView): void;
  /** A line that stays. */
  say(line: string): void;
  close(): void;
}

const PLAIN_MS = 3000;

/** A live board on a terminal; elsewhere one line every few seconds. */
export function createBoard(out: NodeJS.WriteStream): Board {
  if (!out.isTTY) {
    let next = 0;
    const say = (line: string) => void out.write(`${line}\n`);
    return {
      say,
      show: (view) => {
        if (view.elapsedMs < next) return;
        next = view.elapsedMs + PLAIN_MS;
        say(summaryOf(view));
      },
      close: () => undefined,
    };
  }
  const log = createLogUpdate(out);
  return {
    say: (line) => {
      log.clear();
      out.write(`${line}\n`);
    },
    show: (view) => log(drawBoard(view)),
    close: () => log.done(),
  };
}

/** The board as text. */
function drawBoard(view: BoardView): string {
  const table = new Table({
    head: ['lane', 'scanner', 'state', 'people', 'last decision', 'ms'],
    style: { head: [], border: [] },
    colWidths: [12, 9, 11, 8, 34, 9],
  });
  for (const { lane, scanner } of view.lanes) {
    const here = view.passages.filter((passage) => passage.lane === lane);
    const gate = view.status?.lanes.find((each) => each.lane === lane);
    const { said, ms } = lastDecision(here.at(-1), gate?.last);
    table.push([lane, scanner, gate?.state ?? '-', here.length, said, ms?.toFixed(1) ?? '-']);
  }
  return [summaryOf(view), table.toString(), ...statusLines(view.status), view.footer].join('\n');
}

/** As the station saw it; on the guests' lane, where it sees nobody, as the gateway says. */
function lastDecision(
  seen: PassageReport | undefined,
  told: GatewayStatus['lanes'][number]['last'] | undefined,
): { said: string; ms: number | undefined } {
  if (seen?.got) {
    return { said: `${seen.got.action} ${seen.got.reason}`, ms: seen.latencyMs ?? undefined };
  }
  if (seen) return { said: 'no answer', ms: undefined };
  return told
    ? { said: `${told.verdict} ${told.reason}`, ms: told.latencyMs }
    : { said: '-', ms: undefined };
}

/** One line that says how it stands. */
function summaryOf(view: BoardView): string {
  const decided = view.passages.filter(({ got }) => got !== null);
  const wrong = decided.filter(({ got, expected }) => {
    return got?.action !== expected.action || got.reason !== expected.reason;
  });
  const seconds = Math.floor(view.elapsedMs / 1000);
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const { status } = view;
  return [
    `${clock} seed ${view.seed}`,
    `cloud ${view.cloudUp ? 'up' : 'DEAD'}`,
    `gateway ${view.gatewayUp ? 'up' : 'DEAD'}`,
    `${decided.length} passages, ${wrong.length} not as the oracle says`,
    `replica ${status?.replica.staleness ?? '-'}`,
    `outbox ${status?.outbox.pending ?? '-'}`,
  ].join(' | ');
}

function statusLines(status: GatewayStatus | undefined): string[] {
  if (!status) return ['the gateway does not answer'];
  const { replica, outbox, journal, cloud } = status;
  const age = replica.ageMs === null ? 'never synced' : `${Math.round(replica.ageMs / 1000)} s old`;
  return [
    `replica ${replica.staleness}, ${age}; outbox ${outbox.pending} waiting, ${outbox.acked} acknowledged`,
    `journal epoch ${journal.epoch}, ${journal.rows} rows; ` +
      (cloud.reachable ? 'cloud in touch' : `cloud out of touch: ${cloud.lastError ?? '-'}`),
  ];
}
