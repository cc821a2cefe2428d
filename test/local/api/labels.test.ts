import { expect, it } from '@jest/globals';

import { apiCalls } from '../../support/api-calls.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const { expectAnswers } = apiCalls(tutorCruncher);

const actions = async () =>
  ((await tutorCruncher.deliveries()) as { readonly events: readonly { readonly action: string }[] }[])
    .flatMap(({ events }) => events)
    .map(({ action }) => action);

it('a label can be added and removed twice, and each change of a job has an event', async () => {
  await expectAnswers(
    [
      'POST services/705/add_label/',
      { label: 24 },
      { labels: expect.arrayContaining([expect.objectContaining({ id: 24 })]) },
    ],
    ['POST services/705/add_label/', { label: 24 }, {}],
    ['POST services/705/remove_label/', { label: 24 }, { labels: [{ id: 21 }] }],
    ['POST services/705/remove_label/', { label: 24 }, { labels: [{ id: 21 }] }],
  );
  expect(await actions()).toEqual(['ADDED_A_LABEL_TO_A_SERVICE', 'REMOVED_A_LABEL_FROM_A_SERVICE']);
});

it('the removal of a label from a person has no event', async () => {
  await expectAnswers(
    ['POST clients/301/add_label/', { label: 24 }, {}],
    ['POST clients/301/remove_label/', { label: 24 }, { labels: [{ id: 21 }] }],
  );
  expect(await actions()).toEqual(['ADDED_A_LABEL_TO_A_USER']);
});
