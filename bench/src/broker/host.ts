import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startMqttBroker as startPlain } from '../gate/plain-aedes.ts';
import { credentialOf, GATEWAY } from '../mqtt/plan.ts';
import type { FromHost, ToHost } from './messages.ts';
import {
  ABSENT,
  FROZEN,
  frozenOrderBytes,
  frozenOrdersAtOnce,
  HEALTHY,
  orderEveryMs,
  planStorm,
} from './plan.ts';

// A broker and nothing else: the gateway's own out of its build, or aedes as it comes.

interface Broker {
  readonly port: number;
  command(device: string, payload: string): boolean;
  counters(): { readonly refused: Readonly<Record<string, number>> };
}

const built = new URL('../../../edge/dist/devices/mqtt-broker.js', import.meta.url);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const order = 'x'.repeat(frozenOrderBytes);
let broker: Broker | undefined;
let timer: NodeJS.Timeout | undefined;

process.on('message', (message: ToHost) => void obey(message));
process.on('disconnect', () => process.exit(0));

async function obey(message: ToHost): Promise<void> {
  switch (message.kind) {
    case 'start':
      broker = await start(message.broker, message.devices);
      return tell({ kind: 'port', port: broker.port });
    case 'order':
      return orderAll(message.on);
    case 'absent':
      await orderAbsent(message.orders);
      return tell({ kind: 'absent-done' });
    case 'memory':
      // Twice: what the first one sweeps is not what it frees.
      collect();
      await new Promise((done) => setTimeout(done, 50));
      collect();
      return tell({ kind: 'memory', bytes: process.memoryUsage.rss() });
  }
}

async function start(which: 'ours' | 'plain', devices: number): Promise<Broker> {
  const credentials = [HEALTHY, FROZEN, ABSENT, ...planStorm(devices)].map(credentialOf);
  const options = { host: '127.0.0.1', port: 0, gateway: GATEWAY, credentials };
  if (which === 'plain') return startPlain(options);
  const { startMqttBroker } = (await import(built.href)) as {
    startMqttBroker(options: object): Promise<Broker>;
  };
  const clock = { now: () => Date.now(), mono: () => performance.now(), trust: () => 'trusted' };
  const after = (ms: number, work: () => void) => {
    const running = setTimeout(work, ms);
    return () => clearTimeout(running);
  };
  const quiet = () => undefined;
  const log = { info: quiet, warn: quiet, error: quiet };
  return startMqttBroker({ ...options, clock, timers: { after }, log });
}

function orderAll(on: boolean): void {
  clearInterval(timer);
  if (!on) return;
  timer = setInterval(() => {
    broker?.command(HEALTHY.device, '{}');
    for (let sent = 0; sent < frozenOrdersAtOnce; sent++) broker?.command(FROZEN.device, order);
  }, orderEveryMs);
}

const ordersAtOnce = 500;

async function orderAbsent(orders: number): Promise<void> {
  for (let sent = 0; sent < orders; sent += 1) {
    broker?.command(ABSENT.device, order);
    if (sent % ordersAtOnce === 0) await new Promise((done) => setImmediate(done));
  }
}

function tell(message: FromHost): void {
  process.send?.(message);
}
