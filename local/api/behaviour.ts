/** Settings of the stand-in for TutorCruncher's API, for behaviour that the documentation does not define. */

import type { JsonObject } from '../../wire/json.ts';

/** A request that the stand-in received. */
export interface ApiRequest {
  readonly method: string;
  /** Path with the query string, such as `/api/clients/?page=2`. */
  readonly path: string;
  /** The JSON of the body; null if there is none. */
  readonly body: JsonObject | null;
}

/**
 * A response: the status, the JSON of the body (or the text of a web page, or the bytes of a file) and additional
 * headers.
 */
export type ApiResponse = readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>];

/**
 * Returns the requests of a step, except the requests for the branch, because the app caches the branch for ten
 * minutes.
 */
export const requestsOfStep = (requests: readonly ApiRequest[]): ApiRequest[] =>
  requests.filter(({ path }) => path !== '/api/branch/');

/** The page on which Cloudflare asks a visitor to prove that it is a browser. */
export const CHALLENGE_PAGE =
  '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body>Checking your browser</body></html>';

/**
 * Behaviour that differs between accounts or that a test provokes. A test can change the settings between two requests.
 */
export class Behaviour {
  /** True for version 1 of the API: people have a nested `user`, and responses to writes are `{status, role}`. */
  isOlderShape = false;
  /** The response to a request with a wrong key. */
  keyRefusal: ApiResponse = [401, { detail: 'Invalid token.' }];
  ignoresFilters = false;
  /** Filters that the stand-in ignores, each prefixed with the list, such as `clients?status`. */
  ignoredFilters: readonly string[] = [];
  /** True if the filters by name and email ignore letter case. */
  filtersIgnoreLetterCase = false;
  /** True if the stand-in refuses requests with an unknown filter. */
  refusesUnknownFilters = false;
  /** The field of a lesson that `start_lte` compares: as observed, or as documented. */
  startLteCompares: 'start' | 'finish' = 'start';
  /** True if filters by time compare the dates only. */
  comparesDatesOnly = false;
  /** True if lists start with the oldest record. */
  listsOldestFirst = false;
  /** Maximum number of rows on a page. */
  pageRows = 100;
  /** True if a request can choose the number of rows with `page_size`. */
  acceptsPageSize = false;
  /** Origin of the links to other pages; null for the origin of the request. */
  pageOrigin: string | null = null;
  /** True if the response to a request for a page after the last page is an empty page instead of status 404. */
  pagesPastEndAreEmpty = false;
  /** The field with a tutor's name in a lesson: as observed, or as documented. */
  tutorNameField: 'name' | 'contractor_name' = 'name';
  /**
   * Status of the challenge page with which Cloudflare responds to every request; null if Cloudflare forwards requests.
   */
  challengeStatus: 403 | 503 | null = null;
  /**
   * True if responses to OPTIONS describe custom fields under `extra_attrs`. Responses for the enquiry form always
   * describe them.
   */
  describesCustomFields = false;
  /**
   * The values and names of notifications in the response to OPTIONS for clients; null if the response does not
   * describe them.
   */
  describedNotifications: Readonly<Record<string, string>> | null = null;
  /**
   * Fields that the enquiry form requires in addition to the name: API fields, and custom fields spelled with hyphens.
   */
  requiredOnEnquiryForm: readonly string[] = [];
  /** The branch's default for automatic invoicing of a new job. */
  autoInvoiceDefault = false;
  /**
   * True if TutorCruncher charges a client with Autocharge when a credit request is raised, even if the request
   * excludes a payment.
   */
  autoChargesRaised = true;
  /** True if the stand-in refuses abbreviations and former names of time zones. */
  modernTimeZonesOnly = true;
  /** True if the response to a refused write contains one text for each field instead of a list of texts. */
  errorsAsText = false;
  /**
   * Time for which the stand-in refuses writes that refer to a new record, in milliseconds. Simulates endpoints that do
   * not know the record yet.
   */
  knownAfterMs = 0;
  /**
   * Number of requests that receive a response before one connection is reset without a response; null if no connection
   * is reset.
   */
  resetsAfter: number | null = null;
  /**
   * True if events about clients contain only the fields that TutorCruncher sends about clients who were deleted or who
   * are also administrators.
   */
  shortSubjects = false;
  /**
   * The labels in an event about a client, unless the event is about a label: the current labels, no field, or an empty
   * list.
   */
  labelsInClientEvents: 'list' | 'none' | 'empty' = 'list';
  /**
   * The shape of a person's subject in events about a label: as in other events, or with a nested `user` and few other
   * fields.
   */
  labelEventShape: 'flat' | 'user' = 'flat';
  /** True if each response and each event contains a newly signed link to a person's photo. */
  signsPhotos = false;
  /** True if an event about a label follows each event about a person who has labels. */
  refiresLabels = false;
  /** True if an event about an edit of the client follows the event about a new client within milliseconds. */
  pairsCreatedWithEdited = false;
  /** Number of reports about each student of a lesson. There are several reports if the tutor copies a report. */
  reportsPerStudent = 1;
  /**
   * Called before each request. Returns a response that is sent without handling the request, or null to handle the
   * request.
   */
  intercept: (request: ApiRequest) => ApiResponse | null | Promise<ApiResponse | null> = () => null;
  /** Returns the response that is sent instead of the stand-in's response. */
  alter: (request: ApiRequest, response: ApiResponse) => ApiResponse = (_request, response) => response;

  /** Returns true if the stand-in must reset the connection of this request. */
  resetsNow(): boolean {
    if (this.resetsAfter === null) return false;
    const isReset = this.resetsAfter === 0;
    this.resetsAfter = isReset ? null : this.resetsAfter - 1;
    return isReset;
  }
}
