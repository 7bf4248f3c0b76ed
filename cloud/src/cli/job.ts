import { type JobView, jobViewSchema } from '@greengate/contracts/wire/packs';
import type { Api } from './api-client.ts';
import { jobPollMs } from './limits.ts';
import type { Shell } from './shell.ts';

/** Shows how far a job is until it ends, and then the stage that follows it. The job goes on when nobody looks. */
export async function followJob(
  shell: Shell,
  api: Api,
  id: string,
  asJson: boolean,
): Promise<JobView> {
  const progress = shell.progress('job', 0, asJson);
  for (let stage = id; ; ) {
    const job = await api.get(`/v1/jobs/${encodeURIComponent(stage)}`, jobViewSchema);
    progress.update(job.done, job.total);
    if (job.state === 'finished' && job.next !== null) stage = job.next;
    else if (job.state !== 'running') {
      progress.stop();
      return job;
    }
    await shell.wait(jobPollMs);
  }
}
