import { client } from '../objects/client.ts';
import { findPerson } from '../src/person-search.ts';
import { search } from '../src/search.ts';
import { inOrder, personInputs } from './person-inputs.ts';

const inputs = personInputs('client', 'Client');

export const clientSearch = search({
  key: 'find_client',
  label: 'Find Client',
  description: 'Finds a client by email address or name.',
  object: client,
  inputs: inOrder(inputs),
  find: findPerson(client, inputs),
});
