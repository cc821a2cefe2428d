import type { Search } from '../src/search.ts';
import { adHocChargeSearch } from './ad-hoc-charge.ts';
import { jobSearch } from './job.ts';
import { lessonSearch } from './lesson.ts';
import { creditRequestSearch, invoiceSearch } from './numbered.ts';
import { affiliateSearch, clientSearch, studentSearch, tutorSearch } from './person.ts';
import { reportSearch } from './report.ts';

/** Every search, in the order of docs/steps.md. */
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
