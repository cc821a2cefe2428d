import type { Search } from '../src/search/search.ts';
import { adHocChargeSearch } from './ad-hoc-charge.ts';
import { jobSearch, jobsSearch } from './job.ts';
import { lessonSearch, lessonsSearch } from './lesson.ts';
import {
  creditRequestSearch,
  creditRequestsSearch,
  invoiceSearch,
  invoicesSearch,
  paymentOrdersSearch,
} from './numbered.ts';
import { clientsSearch, studentsSearch, tutorsSearch } from './people.ts';
import { affiliateSearch, clientSearch, studentSearch, tutorSearch } from './person.ts';
import { reportSearch } from './report.ts';
import { tasksSearch } from './task.ts';

/** All searches, in the order of docs/steps.md. */
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
  clientsSearch,
  tutorsSearch,
  studentsSearch,
  jobsSearch,
  lessonsSearch,
  invoicesSearch,
  creditRequestsSearch,
  paymentOrdersSearch,
  tasksSearch,
];

/** The definitions of the searches by key, for zapier-platform-core. */
export const searches = Object.fromEntries(objectSearches.map(({ definition }) => [definition.key, definition]));
