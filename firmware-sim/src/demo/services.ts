import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gatewayEnrolledSchema } from '@greengate/contracts/wire/enrolment';
import { z } from 'zod';
import type { Children } from './children.ts';
import { type CloudClient, createCloudClient } from './cloud-client.ts';
import { COMMANDS, GATEWAY, HOST, REGION, STATION } from './config.ts';
import { createManaged, type Managed } from './managed.ts';
import { getJson } from './network.ts';
import { gatewayConfig, type StationPlan } from './station-plan.ts';

const ROLES = ['operator', 'auditor', 'registrar', 'metrics'] as const;
export type Bearers = Readonly<Record<(typeof ROLES)[number], string>>;

export interface ServiceEvents {
  readonly onChange: (name: 'cloud' | 'gateway', up: boolean) => void;
  readonly onCrash: (why: string) => void;
}

export interface CloudService {
  readonly managed: Managed;
  readonly client: CloudClient;
  readonly bearers: Bearers;
  readonly keysFile: string;
}

/** Makes keys and staff tokens and prepares a cloud on an embedded database in the folder. */
export async function prepareCloud(
  folder: string,
  port: number,
  children: Children,
  { onChange, onCrash }: ServiceEvents,
): Promise<CloudService> {
  const keysFile = resolve(folder, 'keys.json');
  await children.run(COMMANDS.greengate, [
    ...['keys', 'init', '--out', keysFile],
    ...['--region', REGION, '--environment', 'demo'],
  ]);
  const { bearers, tokensFile } = writeTokens(folder);
  const url = `http://${HOST}:${port}`;
  const env = {
    HOST,
    PORT: String(port),
    DATABASE_URL: `file:${resolve(folder, 'cloud.db')}`,
    GREENGATE_KEYS: keysFile,
    GREENGATE_TOKENS: tokensFile,
    GREENGATE_SEAL_SECONDS: '5',
  };
  const managed = createManaged({
    name: 'cloud',
    spawn: () => children.start('cloud', COMMANDS.cloud, [], { env }),
    answers: async () => (await getJson(`${url}/healthz`)) !== undefined,
    onChange: (up) => onChange('cloud', up),
    onCrash,
  });
  return { managed, client: createCloudClient(url), bearers, keysFile };
}

/** One token a role; the cloud is told their hashes only. */
function writeTokens(folder: string): { bearers: Bearers; tokensFile: string } {
  const tokens = ROLES.map((role) => [role, randomBytes(32).toString('base64url')] as const);
  const tokensFile = resolve(folder, 'tokens.json');
  const lines = tokens.map(([role, token]) => ({
    name: `demo-${role}`,
    role,
    sha256: createHash('sha256').update(token).digest('hex'),
  }));
  writeFileSync(tokensFile, JSON.stringify(lines, null, 2), { mode: 0o600 });
  return { bearers: Object.fromEntries(tokens) as Bearers, tokensFile };
}

export interface GatewayService {
  readonly managed: Managed;
  readonly dataDir: string;
  readonly statusUrl: string;
}

/** Enrols a gateway, its key made by itself, and prepares it for the station's lanes. */
export async function prepareGateway(
  folder: string,
  ports: { readonly cloud: number; readonly mqtt: number; readonly panel: number },
  plan: StationPlan,
  serial: Readonly<Record<string, string>>,
  { client, bearers }: CloudService,
  children: Children,
  {
    onChange,
    onCrash,
    remembersCrashes = () => false,
  }: ServiceEvents & { readonly remembersCrashes?: () => boolean },
): Promise<GatewayService> {
  const dataDir = resolve(folder, 'gateway');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = resolve(folder, 'gateway.json');
  const settings = { dataDir, cloudPort: ports.cloud, mqttPort: ports.mqtt };
  const write = (rootKey: string, streams: readonly string[]) => {
    const config = gatewayConfig(plan, {
      ...settings,
      panelPort: ports.panel,
      rootKey,
      streams,
      serial,
    });
    writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  };

  // The root key is known only after enrolment, and the gateway's key is wanted for it.
  write('0'.repeat(64), ['control', 'red', `region/${REGION}`]);
  const shown = await children.run(COMMANDS.gateway, ['--config', file, '--show-key']);
  const { publicKey } = z.object({ publicKey: z.string() }).parse(JSON.parse(shown));
  const { rootKey, streams } = await client.post(
    '/v1/gateways',
    bearers.operator,
    { gateway: GATEWAY, station: STATION, publicKey },
    gatewayEnrolledSchema,
  );
  write(rootKey, streams);

  const url = `http://${HOST}:${ports.panel}`;
  const managed = createManaged({
    name: 'gateway',
    spawn: () => {
      // A kill from outside is no crash of its own: it is to start whole, and not in safe mode, unless that is wanted.
      if (!remembersCrashes()) rmSync(resolve(dataDir, 'start.json'), { force: true });
      return children.start('gateway', COMMANDS.gateway, ['--config', file], {});
    },
    answers: async () => (await getJson(`${url}/healthz`)) !== undefined,
    onChange: (up) => onChange('gateway', up),
    onCrash,
  });
  return { managed, dataDir, statusUrl: `${url}/status.json` };
}
