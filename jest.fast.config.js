import config from './jest.config.js';

/**
 * The tests that need neither processes nor a database. They also pass on Node.js 20, on which better-sqlite3 and undici
 * do not run.
 *
 * @type {import('jest').Config}
 */
export default {
  ...config,
  setupFiles: ['<rootDir>/test/promise-with-resolvers.ts'],
  testPathIgnorePatterns: [
    '<rootDir>/node_modules/',
    '<rootDir>/test/(built-app|deployment-files|changes/sequences(-postgres)?|console-links|key-rotation|local|npm-start|npm-start-day|npm-start-do|npm-start-stop|relay|relay-files|seal-key|zap-status)\\.test\\.ts$',
    '<rootDir>/test/console/(build|page)\\.test\\.ts$',
    '<rootDir>/relay/test/(admin-commands|admin-socket|attempt|backup|channel-list|clocks|delivery-log|dispatcher|event-search|full-disk)',
    '<rootDir>/relay/test/(hanging|http|log|main|many|migrations|move|operator|poison|post-request|postgres|processes|registration|recorded-attempts|relay-start|sealed-at-rest|sqlite|too-large|unneeded-reads)',
  ],
};
