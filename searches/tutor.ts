import { tutor } from '../objects/tutor.ts';
import { personSearch } from './person.ts';

export const tutorSearch = personSearch({
  key: 'find_tutor',
  description: 'Finds a tutor by email address or name.',
  object: tutor,
});
