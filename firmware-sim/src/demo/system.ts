import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { epochMs } from '@greengate/contracts/time';
import { personRestMsMin } from '../limits.ts';
import { createPeople } from '../world.ts';
import type { Children } from './children.ts';
import { GATEWAY, GUEST_SCANNER, GUEST_SERIAL_LANE, HOST, REGION } from './config.ts';
import { type GatewayStatus, isSynced, readStatus } from './gateway-status.ts';
import { createIssuer } from './issuer.ts';
import { freePorts } from './network.ts';
import type { DemoOptions } from './options.ts';
import { populate } from './population.ts';
import {
  type CloudService,
  type GatewayService,
  prepareCloud,
  prepareGateway,
  type ServiceEvents,
} from './services.ts';
import { planStation, type StationPlan, stationConfig } from './station-plan.ts';
import { type StationProcess, startStation } from './station-process.ts';

/** A cloud, a gateway and a station, each a process; the station waits for its start. */
export interface System {
  readonly cloud: CloudService;
  readonly gateway: GatewayService;
  readonly station: StationProcess;
  readonly plan: StationPlan;
  readonly footer: string;
  readonly kills: { gateway: number; cloud: number };
}

/** Starts them in a folder, with people whom the cloud knows. `stop` is aborted when one of them ends by itself. */
export async function startSystem(
  options: Pick<DemoOptions, 'seed' | 'lanes' | 'rate' | 'seconds'>,
  folder: string,
  children: Children,
  say: (text: string) => void,
  stop: AbortController,
  remembersCrashes: () => boolean = () => false,
): Promise<System> {
  const breakDown = (why: string) => stop.abort(new Error(why));
  let station: StationProcess | undefined;
  const events: ServiceEvents = {
    onChange: (name, up) => {
      if (name === 'gateway') station?.tell({ kind: 'gateway', up });
    },
    onCrash: breakDown,
  };
  const [cloudPort = 0, mqttPort = 0, panelPort = 0] = await freePorts(3);
  const plan = planStation(options.lanes);

  const cloud = await prepareCloud(folder, cloudPort, children, events);
  await cloud.managed.start();
  const people = createPeople(options.seed, crowdSize(options));
  say(`Seed ${options.seed}: ${people.length} people; cloud on http://${HOST}:${cloudPort}`);
  const issuer = createIssuer(cloud.keysFile);
  const { passengers, ver } = await populate(
    people,
    cloud.client,
    issuer,
    cloud.bearers,
    epochMs(Date.now()),
  );

  const stationFile = resolve(folder, 'station.json');
  const config = stationConfig(plan, mqttPort, passengers, options);
  writeFileSync(stationFile, JSON.stringify(config), { mode: 0o600 });
  station = await startStation(stationFile, children, breakDown);
  const { serial } = station;

  const ports = { cloud: cloudPort, mqtt: mqttPort, panel: panelPort };
  const gateway = await prepareGateway(folder, ports, plan, serial, cloud, children, {
    ...events,
    remembersCrashes,
  });
  await gateway.managed.start();
  await untilStatus(gateway, stop.signal, 'the gateway did not sync', (status) =>
    isSynced(status, REGION, ver),
  );
  const footer = guestLines(plan, mqttPort, cloud.keysFile, station.hand[GUEST_SERIAL_LANE] ?? '');
  say(`Gateway panel on http://${HOST}:${panelPort}\n${footer}`);
  return { cloud, gateway, station, plan, footer, kills: { gateway: 0, cloud: 0 } };
}

/** Enough people that nobody has to come again before they have rested. */
function crowdSize({
  lanes,
  rate,
  seconds,
}: Pick<DemoOptions, 'lanes' | 'rate' | 'seconds'>): number {
  const perSecond = (lanes * rate) / 60;
  const resting = (perSecond * personRestMsMin) / 1000;
  return Math.ceil(1.3 * Math.min(resting, perSecond * (seconds ?? Number.POSITIVE_INFINITY)));
}

/** What a reader types to be a passenger, by any MQTT client or on the serial line. */
function guestLines(
  plan: StationPlan,
  mqttPort: number,
  keysFile: string,
  handPath: string,
): string {
  const { lane, password } = plan.passwords.get(GUEST_SCANNER) ?? { lane: '', password: '' };
  const topic = `greengate/1/${GATEWAY}/${lane}/${GUEST_SCANNER}/scan`;
  const login = `-i ${GUEST_SCANNER} -u ${GUEST_SCANNER} -P ${password}`;
  return [
    'Scan a code of your own, on lane-guest and on lane-guest-serial:',
    `CODE=$(npx greengate code mint --keys ${keysFile})`,
    `mosquitto_pub -h ${HOST} -p ${mqttPort} ${login} -q 1 -t ${topic} -m "{\\"code\\":\\"$CODE\\"}"`,
    `printf '%s\\r' "$CODE" > ${handPath}`,
  ].join('\n');
}

const DRAIN_MS_MAX = 20_000;

/** Waits until the gateway's status holds; rejects with `otherwise` after a while. */
export async function untilStatus(
  { statusUrl }: GatewayService,
  stop: AbortSignal,
  otherwise: string,
  holds: (status: GatewayStatus) => boolean,
): Promise<void> {
  const until = performance.now() + DRAIN_MS_MAX;
  while (!stop.aborted) {
    const status = await readStatus(statusUrl);
    if (status && holds(status)) return;
    if (performance.now() > until) throw new Error(`${otherwise}: ${JSON.stringify(status)}`);
    await sleep(100);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
