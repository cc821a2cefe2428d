import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { refusedRequest } from '../hooks/refusal-messages.ts';
import { HOW_TO_RUN } from '../lookups/decisive-read.ts';
import { branchText, isOtherBranch, sentBranchId, type RecordBranch } from '../record/branch-fields.ts';
import type { StepRun } from '../api/step-run.ts';

/**
 * Refuses an event that is signed with the connection's key but belongs to another branch. Without this check, the
 * lookups and the later steps of the Zap would read and write records of the connection's branch that happen to have
 * the same ids.
 *
 * @throws {Error} a HaltedError if the event belongs to a branch other than the connection's branch
 */
export function refuseOtherBranch(event: TutorCruncherEvent, own: RecordBranch, { z }: StepRun): void {
  const sent = sentBranchId(event);
  if (!isOtherBranch(sent, own)) return;
  throw refusedRequest(
    z,
    `This event was refused because it is about a different branch than this connection's. Its signature is right, but it is ` +
      `about ${branchText({ id: sent, name: null })}, and the private key of this connection belongs to ${branchText(own)}. ` +
      'In TutorCruncher, open Settings > API in both branches, and check which of them contains the integration with this ' +
      `private key. If the integration was moved recently, wait ten minutes. ${HOW_TO_RUN} If this happens again, tell the ` +
      'person who gave you this app.',
  );
}
