/**
 * `npm run office -- PORT`: starts a stand-in for TutorCruncher with the people whom the tasks name, for one reader and
 * one task. The command prints each write, for the judge of the run.
 */

import { startTutorCruncherAt } from '../api/tutorcruncher.ts';
import { portFrom, privateKeyFrom } from '../environment.ts';
import { officeDates } from './dates.ts';
import { addOffice } from './office-records.ts';

const port = portFrom({ PORT: process.argv[2] });
const { account, behaviour, origin } = await startTutorCruncherAt(port, privateKeyFrom(process.env));
addOffice(account, officeDates(Date.now()));
behaviour.alter = (request, response) => {
  if (request.method === 'POST' || request.method === 'PUT') {
    console.log(`${request.method} ${request.path} ${JSON.stringify(request.body)} -> ${response[0]}`);
  }
  return response;
};
console.log(`The office is at ${origin}. Press Ctrl-C to stop.`);
