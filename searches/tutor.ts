import { tutor } from '../objects/tutor.ts';
import { findPerson } from '../src/person-search.ts';
import { search } from '../src/search.ts';
import { inOrder, personInputs } from './person-inputs.ts';

const inputs = personInputs('tutor', 'Tutor');

export const tutorSearch = search({
  key: 'find_tutor',
  label: 'Find Tutor',
  description: 'Finds a tutor by email address or name.',
  object: tutor,
  inputs: inOrder(inputs),
  find: findPerson(tutor, inputs),
});
