import { invoice } from '../objects/invoice.ts';
import { findNumbered } from '../src/numbered-search.ts';
import { search } from '../src/search.ts';
import { numberedInputs } from './find-inputs.ts';

const inputs = numberedInputs(invoice, 'INV-148');

export const invoiceSearch = search({
  key: 'find_invoice',
  label: 'Find Invoice',
  description: 'Finds an invoice by its number, or the newest invoice of a client.',
  object: invoice,
  inputs: Object.values(inputs),
  find: findNumbered(invoice, inputs),
});
