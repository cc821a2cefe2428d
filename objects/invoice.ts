import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import sample from './samples/invoice.json' with { type: 'json' };

export const invoice = tutorCruncherObject({ word: 'invoice', sample, api: { path: 'invoices' } });
