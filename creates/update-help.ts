/** The help text of the input for the record to update. */
export const UPDATE_HELP =
  'Choose a record, or map an ID from an earlier step. If this Zap starts with a trigger for updates, the update starts the ' +
  'Zap again. To prevent this, add Filter by Zapier: only continue if Event Message does not contain "via the API".';
