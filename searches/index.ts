import type { Search } from '../src/search.ts';
import { adHocChargeSearch } from './ad-hoc-charge.ts';
import { affiliateSearch } from './affiliate.ts';
import { clientSearch } from './client.ts';
import { creditRequestSearch } from './credit-request.ts';
import { invoiceSearch } from './invoice.ts';
import { jobSearch } from './job.ts';
import { lessonSearch } from './lesson.ts';
import { reportSearch } from './report.ts';
import { studentSearch } from './student.ts';
import { tutorSearch } from './tutor.ts';

/** Every search, in the order of the README. */
export const objectSearches: readonly Search[] = [
  clientSearch,
  tutorSearch,
  studentSearch,
  affiliateSearch,
  jobSearch,
  lessonSearch,
  adHocChargeSearch,
  invoiceSearch,
  creditRequestSearch,
  reportSearch,
];

/** The definitions of the searches by key, for zapier-platform-core. */
export const searches = Object.fromEntries(objectSearches.map(({ definition }) => [definition.key, definition]));
