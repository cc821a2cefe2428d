/**
 * Keeps zapier-platform-core from replacing the function `request` of Node.js's modules http and https, which all test
 * files of a worker share. Core's function drops the options after a URL, so a later test would send a GET request
 * without headers. nock replaces the function, too.
 */

import http from 'node:http';
import https from 'node:https';

for (const module of [http, https]) Reflect.set(module, 'patchedByZapier', true);
