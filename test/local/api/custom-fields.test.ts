import { expect, it } from '@jest/globals';

import { apiCalls } from '../../support/api-calls.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const { expectAnswers } = apiCalls(tutorCruncher);

it.each<[path: string, body: object, fields: string[]]>([
  ['clients/', { last_name: 'Ng', extra_attrs: [{ value: 1 }] }, ['extra_attrs']],
  ['clients/', { last_name: 'Ng', extra_attrs: { preferred_tutor: "Doesn't matter" } }, ['extra_attrs']],
])('responds to %s with %j by naming the fields that it does not accept', (path, body, fields) =>
  expectAnswers([`POST ${path}`, body, fields]),
);

it.each([
  ['1', 'True'],
  ['0', 'False'],
  ['', ''],
])('reads %j in a checkbox as %j', (contract_signed, value) =>
  expectAnswers([
    'POST contractors/',
    { last_name: 'Ng', extra_attrs: { contract_signed } },
    { extra_attrs: expect.arrayContaining([expect.objectContaining({ name: 'Contract signed', value })]) },
  ]),
);
