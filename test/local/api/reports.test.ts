import { expect, it } from '@jest/globals';

import { apiCalls } from '../../support/api-calls.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const { call } = apiCalls(tutorCruncher);

it('the tutor of a lesson writes a report about each student, without a text about absent students', async () => {
  tutorCruncher.now.behaviour.reportsPerStudent = 2;
  tutorCruncher.now.reportOn(9103);
  const { data } = await call('GET reports/');
  const rows = data.results as { readonly service_recipient: { readonly id: number }; readonly approved: boolean }[];
  const added = rows.slice(0, 4);
  expect(added.map(({ approved }) => approved)).toEqual([false, false, false, false]);
  expect(added.map(({ service_recipient }) => service_recipient.id)).toEqual([506, 506, 505, 505]);
  const texts = tutorCruncher.now.account
    .list('reports')
    .slice(0, 4)
    .map(({ extra_attrs }) => JSON.stringify(extra_attrs));
  expect(texts.map((text) => text.includes('"value":"null"'))).toEqual([true, true, false, false]);
  expect(await tutorCruncher.deliveries()).toHaveLength(4);
});
