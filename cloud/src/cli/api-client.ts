import { toHex } from '@greengate/contracts/bytes';
import { REASONS, type ReasonCode } from '@greengate/contracts/refusals';
import type { PackFinding } from '@greengate/contracts/wire/packs';
import { type Problem, problemSchema } from '@greengate/contracts/wire/problem';
import type { Command } from 'commander';
import type { z } from 'zod';
import {
  apiAnswerBytesMax,
  apiRetryAfterSecondsMax,
  apiRetryMs,
  apiTriesCountMax,
} from './limits.ts';
import { CommandError, type Language, type Shell } from './shell.ts';

export interface ServerOptions {
  readonly server: string;
  readonly tokenFile: string;
}

/** A cloud's HTTP interface, as one member of its staff. Both reject with `ApiRefusal`. */
export interface Api {
  get<T extends z.ZodType>(path: string, answer: T): Promise<z.infer<T>>;
  post<T extends z.ZodType>(path: string, body: object, answer: T): Promise<z.infer<T>>;
}

/** The cloud said no; or nothing at all, and then `code` is `unreachable`. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly code: ReasonCode | 'unreachable';
  readonly detail: string;
  /** What speaks against a pack, of a refusal that says so, and how much more there is. */
  readonly problems: readonly PackFinding[];
  readonly omitted: number;

  constructor(
    code: ReasonCode | 'unreachable',
    detail: string,
    { problems = [], omitted = 0 }: Pick<Problem, 'problems' | 'omitted'> = {},
  ) {
    super(code);
    this.code = code;
    this.detail = detail;
    this.problems = problems;
    this.omitted = omitted;
  }

  textIn(language: Language): string {
    const unreachable = { zh: '服务器没有应答。', en: 'The server does not answer.' };
    const said = this.code === 'unreachable' ? unreachable : REASONS[this.code];
    return `${this.code}: ${said[language]} ${this.detail}`.trim();
  }
}

/** Adds `--server` and `--token-file`. */
export function withServer(command: Command, required: boolean): Command {
  const server = ['--server <url>', 'the cloud, https://... or on this machine'] as const;
  const token = ['--token-file <file>', 'holds your bearer token, mode 0600'] as const;
  return required
    ? command.requiredOption(...server).requiredOption(...token)
    : command.option(...server).option(...token);
}

/** Throws `CommandError` where the address or the token cannot be used. */
export function openApi(shell: Shell, { server, tokenFile }: ServerOptions): Api {
  const base = baseOf(server);
  const token = tokenIn(shell, tokenFile);
  const call = async <T extends z.ZodType>(path: string, body: object | null, answer: T) => {
    // One key for all tries of a request, so that a cloud may know the second from the first.
    const key = toHex(shell.random.bytes(16));
    const request: RequestInit = {
      method: body === null ? 'GET' : 'POST',
      // Followed, a redirect would carry the token and the people in the body to somebody else.
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === null ? {} : { 'content-type': 'application/json', 'idempotency-key': key }),
      },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    };
    for (let attempt = 1; ; attempt++) {
      const read = await readAnswer(await tried(shell, base + path, request), answer);
      if ('value' in read) return read.value;
      // A try whose answer got lost is still at work; the same key asks for that answer.
      const waits = read.refusal.code === 'request-under-way' && attempt < apiTriesCountMax;
      if (!waits) throw read.refusal;
      await shell.wait(apiRetryMs * 2 ** (attempt - 1));
    }
  };
  return {
    get: (path, answer) => call(path, null, answer),
    post: (path, body, answer) => call(path, body, answer),
  };
}

function baseOf(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new CommandError('--server is an address such as https://cloud.example');
  const here = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url.protocol === 'http:' && !here)
    throw new CommandError('--server must be https:// unless it is on this machine.');
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}

function tokenIn({ files }: Shell, file: string): string {
  if (!files.exists(file)) throw new CommandError(`${file} cannot be read.`);
  if (files.isOpenToOthers(file))
    throw new CommandError(`${file} can be read by others; run chmod 600 ${file}`);
  const token = files.read(file).trim();
  if (!/^[\w.~+/=-]{16,256}$/.test(token)) throw new CommandError(`${file} holds no bearer token.`);
  return token;
}

async function tried(shell: Shell, url: string, init: RequestInit): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await shell.fetch(url, init).catch(() => undefined);
    const busy = response === undefined || response.status === 429 || response.status === 503;
    if (!busy) return response;
    if (attempt === apiTriesCountMax) {
      if (response !== undefined) return response;
      throw new ApiRefusal('unreachable', new URL(url).origin);
    }
    await response?.body?.cancel();
    await shell.wait(pauseOf(response) ?? apiRetryMs * 2 ** (attempt - 1));
  }
}

function pauseOf(response: Response | undefined): number | undefined {
  const header = response?.headers.get('retry-after') ?? '';
  if (!/^\d{1,6}$/.test(header)) return undefined;
  return Math.min(Number(header), apiRetryAfterSecondsMax) * 1000;
}

async function readAnswer<T extends z.ZodType>(
  response: Response,
  answer: T,
): Promise<{ readonly value: z.infer<T> } | { readonly refusal: ApiRefusal }> {
  const json = await jsonOf(response);
  if (response.ok) {
    const parsed = answer.safeParse(json);
    if (parsed.success) return { value: parsed.data };
    throw new CommandError('The server answered something else than this version expects.');
  }
  const problem = problemSchema.safeParse(json);
  if (problem.success) {
    const { code, detail = '' } = problem.data;
    return { refusal: new ApiRefusal(code, detail, problem.data) };
  }
  throw new CommandError(`The server answered ${response.status}, and not as a Greengate cloud.`);
}

async function jsonOf(response: Response): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > apiAnswerBytesMax) throw new CommandError('The answer of the server is too long.');
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return undefined;
  }
}
