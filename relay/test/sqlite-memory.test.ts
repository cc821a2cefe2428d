import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { storeMemoryContract } from './store-memory-contract.ts';

storeMemoryContract('SQLite', (options) => Promise.resolve(openSqliteStore(':memory:', options)));
