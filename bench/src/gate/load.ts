import { topicOf } from '../mqtt/plan.ts';
import { connectRaw, type RawClient } from '../mqtt/raw-client.ts';
import type { FromLoad, ToLoad } from './messages.ts';
import { FLOOD_DEVICES, FROZEN_SCANNER, FROZEN_TURNSTILE } from './plan.ts';

// The neighbours on the broker: twenty clients that flood it, and one that subscribes and stops reading.

const tickMs = 10;
const messagesPerSecond = 2000;
const frozenScanMs = 1000;

let clients: RawClient[] = [];
let timer: NodeJS.Timeout | undefined;
let messages = 0;
let lost = 0;
let port = 0;

process.on('message', (message: ToLoad) => void obey(message));
process.on('disconnect', () => process.exit(0));

async function obey(message: ToLoad): Promise<void> {
  if (message.kind === 'connect') {
    port = message.port;
    clients = await Promise.all(
      FLOOD_DEVICES.map(({ device, password }) =>
        connectRaw({ port, id: device, password, onClose }),
      ),
    );
    tell({ kind: 'ready' });
  }
  if (message.kind === 'flood') flood(message.on);
  if (message.kind === 'freeze') await freeze();
}

function onClose(): void {
  lost += 1;
}

function flood(on: boolean): void {
  clearInterval(timer);
  if (!on) {
    tell({ kind: 'sent', messages, lost });
    messages = 0;
    return;
  }
  const begun = performance.now();
  let turn = 0;
  timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begun) / 1000) * messagesPerSecond);
    // Sends what its own lateness held back, so that the rate is the one that was asked for.
    while (messages < due) {
      const at = turn++ % clients.length;
      const device = FLOOD_DEVICES[at];
      if (device) clients[at]?.publish(topicOf(device, 'temperature'), '{"celsius":36.4}', 0);
      messages += 1;
    }
  }, tickMs);
}

/** Subscribes to what it may and to what it may not, reads nothing more, and is sent orders all the time. */
async function freeze(): Promise<void> {
  const frozen = await connectRaw({
    port,
    id: FROZEN_TURNSTILE.device,
    password: FROZEN_TURNSTILE.password,
  });
  await frozen.subscribe(topicOf(FROZEN_TURNSTILE, 'command'));
  await frozen.subscribe('greengate/#');
  frozen.socket.pause();
  setInterval(() => frozen.ping(), 20_000);
  const scanner = await connectRaw({
    port,
    id: FROZEN_SCANNER.device,
    password: FROZEN_SCANNER.password,
  });
  let scans = 0;
  setInterval(() => {
    scans += 1;
    scanner.publish(topicOf(FROZEN_SCANNER, 'scan'), JSON.stringify({ code: `no code ${scans}` }));
  }, frozenScanMs);
  tell({ kind: 'frozen' });
}

function tell(message: FromLoad): void {
  process.send?.(message);
}
