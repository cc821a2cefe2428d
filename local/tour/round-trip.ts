/** The chapter in which a Zap answers an enquiry with searches and actions, whose webhook returns as a record. */

import type { FlatRecord } from '../../src/record/record.ts';
import type { JsonObject } from '../../wire/json.ts';
import { requestsOfStep, type ApiRequest } from '../api/behaviour.ts';
import { turnOnAll, type SetUp } from '../relayed-zaps.ts';
import { print } from '../terminal.ts';
import { toTutorCruncherJson } from '../tutorcruncher.ts';
import { labelOf, recordsOf } from '../zapier.ts';

const ENQUIRY_TRIGGER = 'client_enquiry';
const RESULT_TRIGGER = 'lesson_created';

/** The enquiry form as it is filled in. */
export const ENQUIRY = {
  client_name: 'Zoë Marsh',
  client_email: 'zoe.marsh@example.com',
  client_phone: '07700 900321',
  service_recipient_name: 'Ella Marsh',
};

/** Returns 17:00 a week from today, without a UTC offset, as a user would type it. */
const inAWeek = (): string => `${new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10)} 17:00`;

/** A step of the Zap: a search, an action, or both as Find or Create. */
interface Step {
  readonly label: string;
  readonly search?: string;
  readonly create?: string;
  readonly inputData: JsonObject;
}

const requestLine = ({ method, path, body }: ApiRequest): string =>
  `  ${method} ${path}${body ? ` ${toTutorCruncherJson(body)}` : ''}`;

/** Runs a step like Zapier, and prints its requests. @throws {Error} if the step fails or finds nothing */
async function runStep(
  { zapier, tutorCruncher: { requests } }: SetUp,
  { label, search, create, inputData }: Step,
): Promise<FlatRecord> {
  const before = requests.length;
  let record: FlatRecord | undefined;
  let verb = 'finds';
  if (search !== undefined) {
    [record] = (await zapier.call(`searches.${search}.operation.perform`, { inputData })) as FlatRecord[];
  }
  if (!record && create !== undefined) {
    verb = 'creates';
    const meta = search === undefined ? {} : { withSearch: search };
    record = (await zapier.call(`creates.${create}.operation.perform`, { inputData, meta })) as FlatRecord;
  }
  if (!record) throw new Error(`${label} found nothing.`);
  const sent = requestsOfStep(requests.slice(before)).map(requestLine).join('\n');
  print(`\n${label} ${verb} the record ${JSON.stringify(record.id)}. It sends:\n${sent}`);
  return record;
}

async function sendEnquiry(privateKey: string): Promise<string> {
  const response = await fetch(`${process.env.TUTORCRUNCHER_URL ?? ''}/api/enquiry/`, {
    method: 'POST',
    headers: { Authorization: `token ${privateKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(ENQUIRY),
  });
  const { id } = (await response.json()) as JsonObject;
  return String(id);
}

/** Prints the round trip. @throws {Error} if a part of it fails */
export async function demonstrateRoundTrip(setUp: SetUp): Promise<void> {
  const { app, privateKey, runs, tutorCruncher } = setUp;
  const triggers = [ENQUIRY_TRIGGER, RESULT_TRIGGER];
  await turnOnAll(setUp, ...triggers);
  tutorCruncher.integrations.push({ privateKey, webhookUrl: await setUp.webhookUrl() });
  const labels = triggers.map((key) => labelOf(app, key));
  print(`Two more Zaps are on: ${labels.join(' and ')}. TutorCruncher sends its webhooks to the relay.`);

  const enquiry = await runs.runAfter(async () => {
    const id = await sendEnquiry(privateKey);
    print(`${ENQUIRY.client_name} fills in the form on the agency's website: enquiry ${id}`);
  }, ENQUIRY_TRIGGER);
  const [{ client_email: email, client_name: name } = {}] = recordsOf(enquiry);

  const client = await runStep(setUp, {
    label: 'Find or Create Client',
    search: 'find_client',
    create: 'create_client',
    inputData: { email, last_name: name },
  });
  const student = await runStep(setUp, {
    label: 'Find Student',
    search: 'find_student',
    inputData: { client: client.id },
  });
  const job = await runStep(setUp, {
    label: 'Find or Create Job',
    search: 'find_job',
    create: 'create_job',
    inputData: {
      find_name: 'Trial lessons',
      name: 'Trial lessons',
      charge_rate: '0',
      pay_rate: '15',
      students: [student.id],
    },
  });
  await runs.runAfter(
    () =>
      runStep(setUp, {
        label: 'Create Lesson',
        create: 'create_lesson',
        inputData: {
          job: job.id,
          topic: 'First lesson',
          start: inAWeek(),
          length_in_minutes: 45,
          everyone_on_job: true,
        },
      }),
    RESULT_TRIGGER,
  );
}
