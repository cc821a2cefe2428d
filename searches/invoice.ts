import { invoice } from '../objects/invoice.ts';
import { numberedSearch } from './numbered.ts';

export const invoiceSearch = numberedSearch({
  key: 'find_invoice',
  label: 'Find Invoice',
  description: 'Finds an invoice by its number, or the newest invoice of a client.',
  object: invoice,
  example: 'INV-148',
});
