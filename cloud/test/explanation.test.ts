import { epochMs } from '@greengate/contracts/time';
import { explanationSchema, scoresPageSchema } from '@greengate/contracts/wire/explanation';
import { expect, test } from 'vitest';
import { codeOf, HEALTHY, newPerson, REGION, runCloud, START } from './running-cloud.ts';

const HOUR = 3_600_000;

test('a verdict is explained in the same bytes later, whatever has become known since', async () => {
  const running = await runCloud();
  const person = newPerson();
  const token = await running.newHolder(person);
  const explain = async (query = '') => {
    const response = await running.call(token, 'GET', `/v1/explanation${query}`);
    expect(response.status).toBe(200);
    return response.text();
  };
  expect(await codeOf(await running.call(token, 'GET', '/v1/explanation'))).toBe('not-found');
  const ill = { ...HEALTHY, symptoms: { ...HEALTHY.symptoms, fever: true } };
  await running.call(token, 'POST', '/v1/declarations', ill);
  const first = await explain();
  const explanation = explanationSchema.parse(JSON.parse(first));
  expect(explanation).toMatchObject({ reproduced: true, score: { at: START, colour: 'yellow' } });
  const [decisive] = explanation.rules;
  expect(decisive?.values).toMatchObject({ 'declaration.symptoms.fever': true });
  expect(decisive?.because?.deciders[0]).toMatchObject({ value: true });
  expect(decisive?.because?.zh).not.toBe('');

  running.clock.set(START + HOUR);
  const { idNumber } = person;
  const listing = { entries: [{ idNumber, since: '2022-02-27' }] };
  await running.call(running.tokens.operator, 'POST', '/v1/lists/confirmed', listing);
  const area = { division: REGION, level: 'high', from: '2022-02-01', until: '2022-04-01' };
  await running.call(running.tokens.operator, 'POST', '/v1/areas', { areas: [area] });
  expect(explanationSchema.parse(JSON.parse(await explain())).score.colour).toBe('red');
  expect(await explain(`?score=${START}`)).toBe(first);
  expect(await explain(`?score=${START}`)).toBe(first);

  const page = scoresPageSchema.parse(
    await (await running.call(token, 'GET', '/v1/scores?limit=1')).json(),
  );
  expect(page.scores).toMatchObject([{ at: START + HOUR, colour: 'red' }]);
  const rest = scoresPageSchema.parse(
    await (await running.call(token, 'GET', `/v1/scores?before=${page.next}`)).json(),
  );
  expect(rest.scores.map(({ at }) => at)).toEqual([START]);
});

test('staff explain by the reference of a holder; others see nothing of it', async () => {
  const running = await runCloud();
  const token = await running.newHolder();
  await running.call(token, 'POST', '/v1/declarations', HEALTHY);
  const [holder] = await running.store.due(epochMs(START + 30 * 24 * HOUR), 1);
  const path = `/v1/holders/${holder}/explanation`;
  const seen = await running.call(running.tokens.auditor, 'GET', path);
  expect(explanationSchema.parse(await seen.json())).toMatchObject({ reproduced: true });
  const page = await running.call(running.tokens.operator, 'GET', `/v1/holders/${holder}/scores`);
  expect(scoresPageSchema.parse(await page.json())).toMatchObject({ next: null });
  expect((await running.call(token, 'GET', path)).status).toBe(403);
  expect((await running.call(running.tokens.auditor, 'GET', '/v1/holders/x/scores')).status).toBe(
    400,
  );
});
