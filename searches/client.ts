import { client } from '../objects/client.ts';
import { personSearch } from './person.ts';

export const clientSearch = personSearch({
  key: 'find_client',
  description: 'Finds a client by email address or name.',
  object: client,
});
