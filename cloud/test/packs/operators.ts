import { regionIdSchema } from '@greengate/contracts/ids';
import type { ScoringPack, ScoringRule } from '@greengate/contracts/rules/pack';
import { starterPack } from '@greengate/contracts/rules/packs/starter';
import type { JobView } from '@greengate/contracts/wire/packs';
import { HEALTHY, REGION, type RunningCloud } from '../running-cloud.ts';

/** The starter pack as a city's own, with some rules changed. */
export function cityPack(
  version: number,
  change: (rule: ScoringRule) => ScoringRule = (rule) => rule,
  more: Partial<ScoringPack> = {},
): ScoringPack {
  return {
    ...starterPack,
    id: 'hangzhou',
    version,
    region: REGION,
    rules: starterPack.rules.map(change),
    ...more,
  };
}

/** As `cityPack`, for the province. */
export function provincePack(version: number, more: Partial<ScoringPack> = {}): ScoringPack {
  return {
    ...starterPack,
    id: 'zhejiang',
    version,
    region: regionIdSchema.parse('330000'),
    ...more,
  };
}

/** Newcomers of less than so many days are yellow. */
export function stayOf(days: number): (rule: ScoringRule) => ScoringRule {
  return (rule) =>
    rule.id === 'residence-short'
      ? { ...rule, when: { '<': [{ var: 'declaration.residenceDays' }, days] } }
      : rule;
}

/** An area at medium risk makes red. */
export const mediumIsRed = (rule: ScoringRule): ScoringRule =>
  rule.id === 'area-medium' ? { ...rule, outcome: 'red' } : rule;

/** What two operators do over HTTP. */
export function operatorsOf(running: RunningCloud) {
  const { call, tokens, cloud } = running;
  const path = ({ id, version }: Pick<ScoringPack, 'id' | 'version'>) =>
    `/v1/packs/${id}/${version}`;
  const post = (to: string, body?: unknown, token = tokens.operator) =>
    call(token, 'POST', to, body);
  const work = async () => {
    while (await cloud.workOnJobs(() => false)) {}
  };
  const jobView = async (id: string): Promise<JobView> =>
    (await (await call(tokens.operator, 'GET', `/v1/jobs/${id}`)).json()) as JobView;
  const started = async (response: Response): Promise<string> => {
    if (response.status !== 200) throw new Error(await response.text());
    return ((await response.json()) as { job: string }).job;
  };
  const impact = async (pack: ScoringPack) => {
    const job = await started(await post(`${path(pack)}/impact`));
    await work();
    const { impact: report } = await jobView(job);
    if (!report) throw new Error('no report');
    return { job, report };
  };
  const approve = async (pack: ScoringPack, token = running.secondOperator) => {
    const { report } = await impact(pack);
    return post(`${path(pack)}/approval`, { impact: report.hash }, token);
  };
  const propose = (pack: unknown, query = '') => post(`/v1/packs${query}`, pack);
  return {
    ...{ path, post, work, jobView, started, impact, approve, propose },
    /** Brings a pack from its proposal to the first stage of its rollout; answers the job. */
    activate: async (pack: ScoringPack): Promise<string> => {
      for (const response of [await propose(pack), await approve(pack)]) {
        if (response.status !== 200) throw new Error(await response.text());
      }
      return started(await post(`${path(pack)}/activation`));
    },
    list: async () => (await call(tokens.auditor, 'GET', '/v1/packs')).json(),
    /** A holder who has declared; answers their token. */
    declared: async (changes: object = {}): Promise<string> => {
      const holder = await running.newHolder();
      const response = await call(holder, 'POST', '/v1/declarations', { ...HEALTHY, ...changes });
      if (response.status !== 200) throw new Error(await response.text());
      return holder;
    },
    status: async (holder: string) =>
      (await (await call(holder, 'GET', '/v1/status')).json()) as Record<string, unknown>,
  };
}
