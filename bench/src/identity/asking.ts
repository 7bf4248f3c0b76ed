import { Agent, request } from 'node:http';

export interface Asking {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

export interface Answered {
  readonly status: number;
  readonly body: string;
  readonly cookies: readonly string[];
  /** From the first byte sent until the last one read, ms. */
  readonly ms: number;
  /** All that whoever asked can compare, byte for byte: status, headers but for the date and what is random in cookies, and body. */
  readonly seen: string;
}

/** Asks a cloud, one thing after the other, on one kept connection. */
export interface Asker {
  ask(asking: Asking): Promise<Answered>;
  close(): void;
}

/**
 * As a proxy that the cloud trusts: every request comes from an address of its own, so that what is counted by
 * address never runs out. Nothing is switched off for it.
 */
export function askerOf(port: number): Asker {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let asked = 0;
  return {
    ask: ({ method, path, headers = {}, body }) => {
      asked += 1;
      const text = body === undefined ? '' : JSON.stringify(body);
      const all = {
        'x-forwarded-for': addressOf(asked),
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...headers,
      };
      return new Promise((done, fail) => {
        const start = performance.now();
        const sent = request(
          { agent, port, host: '127.0.0.1', method, path, headers: all },
          (answer) => {
            const parts: Buffer[] = [];
            answer.on('data', (part: Buffer) => void parts.push(part));
            answer.once('error', fail);
            answer.once('end', () => {
              const ms = performance.now() - start;
              const status = answer.statusCode ?? 0;
              const bytes = Buffer.concat(parts);
              const cookies = answer.headers['set-cookie'] ?? [];
              done({
                status,
                body: bytes.toString('utf8'),
                cookies,
                ms,
                seen: seenOf(status, answer.rawHeaders, bytes.toString('latin1')),
              });
            });
          },
        );
        sent.once('error', fail);
        sent.end(text);
      });
    },
    close: () => agent.destroy(),
  };
}

/** Addresses of a private network, 100 tries of which would be too many from each. */
function addressOf(count: number): string {
  return `10.${(count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}`;
}

function seenOf(status: number, rawHeaders: readonly string[], body: string): string {
  const lines: string[] = [String(status)];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (name.toLowerCase() === 'date') continue;
    // A session is new to everybody; of its cookie how long it is can be compared.
    const shown = name.toLowerCase() === 'set-cookie' ? value.replace(/=[^;]*/, lengthOf) : value;
    lines.push(`${name}: ${shown}`);
  }
  return [...lines, '', body].join('\n');
}

function lengthOf(value: string): string {
  return `=(${value.length - 1})`;
}
