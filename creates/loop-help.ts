/**
 * Returns a warning about Zaps that run in a loop, because they create a record for each new record of the same kind.
 *
 * @param trigger - the label of the trigger
 * @param record - the kind of record with its article, for use within a sentence
 */
export const loopHelp = (trigger: string, record: string): string =>
  `If this Zap starts with ${trigger}, creating ${record} starts the Zap again. To prevent this, add Filter by Zapier: only ` +
  'continue if Event Message does not contain "via the API".';
