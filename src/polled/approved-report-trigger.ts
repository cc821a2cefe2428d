/** The trigger for reports that the office approves, individually or in a batch. */

import type { JsonObject } from '../../wire/json.ts';
import { unexpectedResponse } from '../api/client.ts';
import { rowText, truthOf } from '../api/rows.ts';
import type { StepRun } from '../api/step-run.ts';
import type { PolledTriggerDefinition } from './polled-trigger-definition.ts';
import { polledTrigger, type PolledTrigger } from './polled-trigger.ts';
import { rowsBetween } from './rows-between.ts';

/**
 * Number of days after a report's creation during which an approval triggers the Zap. The list does not show the time
 * of approval, so each poll reads all reports that were created in these days. With a longer period, the reports of the
 * busiest simulated branch would take too many requests.
 */
const DAYS = 10;
const DAYS_MS = DAYS * 24 * 3_600_000;

/**
 * Returns the creation time of a report.
 *
 * @throws {Error} if the time is missing or invalid, because skipping the report would hide it from the owner of the
 * Zap
 */
function createdAt({ z }: StepRun, report: JsonObject): number {
  const moment = Date.parse(rowText(report, 'dt_created'));
  if (Number.isNaN(moment)) throw unexpectedResponse(z, 'time of creation of a report');
  return moment;
}

/** Returns true for an approved report. @throws {Error} if the response lacks the approval field */
function isApproved({ z }: StepRun, { approved }: JsonObject): boolean {
  const answer = truthOf(approved);
  if (answer === null) throw unexpectedResponse(z, 'approval status of a report');
  return answer;
}

/** Defines a trigger for approved reports. */
export const approvedReportTrigger = (trigger: Omit<PolledTriggerDefinition, 'inputs' | 'poll'>): PolledTrigger =>
  polledTrigger({
    ...trigger,
    inputs: [],
    poll: (_values, run, now) => ({
      readRows: ({ span, spend }) =>
        rowsBetween(
          run,
          trigger.object,
          { span: { from: span.from, to: Math.min(span.to, now) }, spend },
          {
            field: 'dt_created',
            params: {},
            narrow:
              `It reads all reports of ${DAYS} days. Use the trigger "New Event" with the event "Approved a Report" ` +
              'instead, which may not run for reports that are approved in a batch.',
          },
        ),
      momentOf: (report) => createdAt(run, report),
      span: { from: now - DAYS_MS, to: Infinity },
      isDue: (report) => isApproved(run, report),
    }),
  });
