/**
 * Settings of the stand-in for TutorCruncher's API. They select a variant wherever the documentation does not define
 * the behaviour.
 */

import type { JsonObject } from '../../wire/json.ts';
import type { ApiResponse } from './response.ts';

/** A request that the stand-in received. */
export interface ApiRequest {
  readonly method: string;
  /** Path with the query string, such as `/api/clients/?page=2`. */
  readonly path: string;
  /** The JSON of the body; null if there is none. */
  readonly body: JsonObject | null;
}

/**
 * Returns the requests of a step, without those for the branch. The app caches the branch for ten minutes, so most runs
 * do not request it.
 */
export const requestsOfStep = (requests: readonly ApiRequest[]): ApiRequest[] =>
  requests.filter(({ path }) => path !== '/api/branch/');

/** Behaviour that differs between accounts or that a test provokes. A test may change it between two requests. */
export interface Behaviour {
  /**
   * True if people have a nested `user` and writes receive the response `{status, role}`, as in version 1 of the API.
   */
  isOlderShape: boolean;
  /** True if lists ignore every filter and return all rows. */
  ignoresFilters: boolean;
  /** True if responses to OPTIONS describe custom fields under `extra_attrs`. For the enquiry form, they always do. */
  describesCustomFields: boolean;
  /**
   * Fields that the branch's enquiry form requires in addition to the name: API fields, and custom fields with hyphens.
   */
  requiredOnEnquiryForm: readonly string[];
  /**
   * Called before each request. Returns a response to send instead of handling the request, or null to handle it. A
   * promise delays the request.
   */
  intercept: (request: ApiRequest) => ApiResponse | null | Promise<ApiResponse | null>;
}

/** The documented behaviour. */
export const documentedBehaviour = (): Behaviour => ({
  isOlderShape: false,
  ignoresFilters: false,
  describesCustomFields: false,
  requiredOnEnquiryForm: [],
  intercept: () => null,
});
