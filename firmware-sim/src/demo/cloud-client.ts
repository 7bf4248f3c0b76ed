import { type PassageRow, passageRowSchema } from '@greengate/contracts/wire/passage';
import { z } from 'zod';

/** The cloud's public API, as an outsider uses it. Rejects with the cloud's own words. */
export interface CloudClient {
  post<T>(path: string, bearer: string, body: unknown, answer: z.ZodType<T>): Promise<T>;
  /** Every row of a gateway, in order. */
  passages(gateway: string, bearer: string): Promise<PassageRow[]>;
}

const pageSchema = z.object({
  rows: z.array(passageRowSchema),
  next: z.string().nullable(),
});

export function createCloudClient(url: string): CloudClient {
  const ask = async <T>(path: string, init: RequestInit, answer: z.ZodType<T>): Promise<T> => {
    const response = await patient(`${url}${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 300)}`);
    return answer.parse(JSON.parse(text));
  };

  return {
    post: (path, bearer, body, answer) =>
      ask(
        path,
        {
          method: 'POST',
          headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        },
        answer,
      ),
    passages: async (gateway, bearer) => {
      const rows: PassageRow[] = [];
      let after: string | null = '';
      while (after !== null) {
        const query = new URLSearchParams({ gateway, limit: '1000' });
        if (after !== '') query.set('after', after);
        const headers = { authorization: `Bearer ${bearer}` };
        const page: z.infer<typeof pageSchema> = await ask(
          `/v1/passages?${query}`,
          { headers },
          pageSchema,
        );
        rows.push(...page.rows);
        after = page.rows.length === 0 ? null : page.next;
      }
      return rows;
    },
  };
}

const BUSY_TRIES = 10;

/** A cloud that is busy says when to come again: the machine of the demo may be doing other things too. */
async function patient(url: string, init: RequestInit): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
    if (response.status !== 429 || tries === BUSY_TRIES) return response;
    await response.arrayBuffer();
    const seconds = Number(response.headers.get('retry-after') ?? '1');
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}
